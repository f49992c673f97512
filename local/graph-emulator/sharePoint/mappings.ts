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

/** What differs between the mappings of users and those of groups. */
export interface MappingKind {
  readonly collection: string;
  readonly type: string;
  /** The alternate key of the address. */
  readonly keyName: string;
  readonly members: readonly string[];
  /** What an entry must name before it can be kept. */
  readonly targetMember: string;
  readonly sourceMember: string;
  /** An entry and its key, or a ZodError. */
  readonly parse: (item: unknown) => {
    readonly key: string;
    readonly entry: Readonly<Record<string, unknown>>;
  };
  /** The opaque id of the entry with this key. */
  readonly idOf: (key: string) => string;
}

// As the one published id is built: two numbers, then the key.
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
  /** null: removed. */ entry: z.record(z.string(), z.unknown()).nullable(),
});
const deltaSchema = z.array(changeSchema);

/** What one line of a delta did: an entry as it is from now on, or its removal. */
export type MappingChange = z.infer<typeof changeSchema>;

/** The identity maps of the target tenant; with a data folder they are read again at the next start. */
export class MappingBook {
  readonly #journal: Journal<MappingChange[]>;
  readonly #entries = new Map<string, Readonly<Record<string, unknown>>>();

  constructor(dataDir?: string) {
    this.#journal = new Journal(dataDir, 'identityMappings.jsonl', deltaSchema);
    for (const changes of this.#journal.read()) this.#apply(changes);
  }

  /** Takes over a whole delta at once. */
  change(changes: MappingChange[]): void {
    this.#journal.append(changes);
    this.#apply(changes);
  }

  find({ collection }: MappingKind, key: string): Readonly<Record<string, unknown>> | undefined {
    return this.#entries.get(`${collection} ${key.toLowerCase()}`);
  }

  /** The principal name that a source user is mapped to. */
  targetUser(sourceUserPrincipalName: string): string | undefined {
    const entry = this.find(userMappings, sourceUserPrincipalName);
    return entry === undefined
      ? undefined
      : userMappingSchema.parse(entry).targetUserIdentity?.userPrincipalName;
  }

  #apply(changes: readonly MappingChange[]): void {
    for (const { collection, key, entry } of changes) {
      if (entry === null) this.#entries.delete(`${collection} ${key}`);
      else this.#entries.set(`${collection} ${key}`, entry);
    }
  }
}
