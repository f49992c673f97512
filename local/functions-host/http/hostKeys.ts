import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { HttpFunction } from './routeTable.ts';

const keysSchema = z.object({
  masterKey: z.string(),
  hostKeys: z.record(z.string(), z.string()),
  systemKeys: z.record(z.string(), z.string()),
  functionKeys: z.record(z.string(), z.record(z.string(), z.string())),
});
type Keys = z.infer<typeof keysSchema>;

const durableKeyName = 'durabletask_extension';

/** The keys of the host and its functions, kept in a file so that they stay the same from start to start. */
export class HostKeys {
  readonly #keys: Keys;

  private constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Reads the file; keys that it does not have yet are made and written. */
  static open(file: string, functions: readonly HttpFunction[]): HostKeys {
    const kept = read(file);
    const keys: Keys = {
      masterKey: kept?.masterKey ?? newKey(),
      hostKeys: kept?.hostKeys ?? { default: newKey() },
      systemKeys: { [durableKeyName]: newKey(), ...kept?.systemKeys },
      functionKeys: { ...kept?.functionKeys },
    };
    for (const { name } of functions) keys.functionKeys[name] ??= { default: newKey() };
    // Renamed into place: a crash leaves the old keys or the new ones, never half of them.
    writeFileSync(`${file}.new`, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return new HostKeys(keys);
  }

  /** The key of the durable management API. */
  get durableKey(): string {
    return this.#keys.systemKeys[durableKeyName] ?? this.#keys.masterKey;
  }

  /** Whether this key opens the function: its own or a host key at level function, the master key always. */
  opensFunction({ name, authLevel }: HttpFunction, key: string | undefined): boolean {
    if (authLevel === 'anonymous' || this.opensAdmin(key)) return true;
    if (authLevel === 'admin') return false;
    return isOneOf(key, [
      ...Object.values(this.#keys.hostKeys),
      ...Object.values(this.#keys.functionKeys[name] ?? {}),
    ]);
  }

  opensAdmin(key: string | undefined): boolean {
    return isOneOf(key, [this.#keys.masterKey]);
  }

  opensDurable(key: string | undefined): boolean {
    return isOneOf(key, [this.durableKey, this.#keys.masterKey]);
  }
}

function read(file: string): Keys | undefined {
  try {
    return keysSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function newKey(): string {
  return randomBytes(32).toString('base64url');
}

function isOneOf(key: string | undefined, keys: readonly string[]): boolean {
  if (key === undefined) return false;
  const digest = digestOf(key);
  return keys.some((known) => timingSafeEqual(digestOf(known), digest));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
