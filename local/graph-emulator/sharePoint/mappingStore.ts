import { z } from 'zod';
import { Journal } from '../journal.ts';

const userIdentity = z.looseObject({ userPrincipalName: z.string().min(1) });
const groupIdentity = z.looseObject({ id: z.guid() });
const base = {
  '@odata.type': z.string().optional(),
  id: z.string().optional(),
  sourceOrganizationId: z.guid().optional(),
};

export const userMappingSchema = z.strictObject({
  ...base,
  userType: z.enum(['none', 'regularUser', 'adminUser', 'guestUser']).optional(),
  sourceUserIdentity: userIdentity,
  targetUserIdentity: userIdentity.optional(),
  targetUserMigrationData: z.looseObject({ email: z.string().nullish() }).nullish(),
});

export const groupMappingSchema = z.strictObject({
  ...base,
  groupType: z.enum(['none', 'regularGroup', 'm365Group']).optional(),
  sourceGroupIdentity: groupIdentity,
  targetGroupIdentity: groupIdentity.optional(),
  targetGroupMigrationData: z.looseObject({ mailNickname: z.string().nullish() }).nullish(),
});

/** The differences between user mappings and group mappings. */
export interface MappingKind {
  readonly collection: string;
  readonly type: string;
  /** The alternate key in the URL. */
  readonly keyName: string;
  readonly members: readonly string[];
  /** The member that a new mapping must have. */
  readonly targetMember: string;
  readonly sourceMember: string;
  /** Returns a mapping and its key. Throws a ZodError. */
  readonly parse: (item: unknown) => {
    readonly key: string;
    readonly entry: Readonly<Record<string, unknown>>;
  };
  /** Returns the opaque id of the mapping with this key. */
  readonly idOf: (key: string) => string;
}

// The format of the only published id: two numbers, then the key.
const opaque = (kind: number, key: string): string =>
  Buffer.concat([Buffer.from([1, 0, 0, 0, kind, 0, 0, 0]), Buffer.from(key)])
    .toString('base64')
    .replace(/=+$/, '');

export const userMappings: MappingKind = {
  collection: 'crossOrganizationUserMappings',
  type: 'sharePointUserIdentityMapping',
  keyName: 'sourceUserPrincipalName',
  members: [
    'id',
    'sourceOrganizationId',
    'userType',
    'sourceUserIdentity',
    'targetUserIdentity',
    'targetUserMigrationData',
  ],
  sourceMember: 'sourceUserIdentity',
  targetMember: 'targetUserIdentity',
  parse: (item) => {
    const entry = userMappingSchema.parse(item);
    return { key: entry.sourceUserIdentity.userPrincipalName.toLowerCase(), entry };
  },
  idOf: (key) => opaque(1, key),
};

export const groupMappings: MappingKind = {
  collection: 'crossOrganizationGroupMappings',
  type: 'sharePointGroupIdentityMapping',
  keyName: 'sourceGroupObjectId',
  members: [
    'id',
    'sourceOrganizationId',
    'groupType',
    'sourceGroupIdentity',
    'targetGroupIdentity',
    'targetGroupMigrationData',
  ],
  sourceMember: 'sourceGroupIdentity',
  targetMember: 'targetGroupIdentity',
  parse: (item) => {
    const entry = groupMappingSchema.parse(item);
    return { key: entry.sourceGroupIdentity.id.toLowerCase(), entry };
  },
  idOf: (key) => opaque(2, key),
};

const changeSchema = z.object({
  collection: z.string(),
  key: z.string(),
  /** null when the mapping was removed. */
  entry: z.record(z.string(), z.unknown()).nullable(),
});
const deltaSchema = z.array(changeSchema);

/** A change to one mapping: its new content, or its removal. */
export type MappingChange = z.infer<typeof changeSchema>;

/** Stores the identity mappings of the target tenant. With a data folder, they are read again at the next start. */
export class MappingStore {
  readonly #journal: Journal<MappingChange[]>;
  readonly #entries = new Map<string, Readonly<Record<string, unknown>>>();

  constructor(dataDir?: string) {
    this.#journal = new Journal(dataDir, 'identityMappings.jsonl', deltaSchema);
    for (const changes of this.#journal.read()) this.#change(changes);
  }

  /** Writes a delta to the journal and applies it. */
  apply(changes: MappingChange[]): void {
    this.#journal.append(changes);
    this.#change(changes);
  }

  find({ collection }: MappingKind, key: string): Readonly<Record<string, unknown>> | undefined {
    return this.#entries.get(`${collection} ${key.toLowerCase()}`);
  }

  /** Returns the user principal name that a source user is mapped to. */
  targetUser(sourceUserPrincipalName: string): string | undefined {
    const entry = this.find(userMappings, sourceUserPrincipalName);
    return entry === undefined
      ? undefined
      : userMappingSchema.parse(entry).targetUserIdentity?.userPrincipalName;
  }

  #change(changes: readonly MappingChange[]): void {
    for (const { collection, key, entry } of changes) {
      if (entry === null) this.#entries.delete(`${collection} ${key}`);
      else this.#entries.set(`${collection} ${key}`, entry);
    }
  }
}
