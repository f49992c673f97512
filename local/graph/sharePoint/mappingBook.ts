import { z } from 'zod';
import { Journal } from '../journal.ts';
import { type MappingKind, userMappings, userMappingSchema } from './mappingKind.ts';

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
