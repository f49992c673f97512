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

/**
 * The keys of the host and its functions. A file stores them, so that they are the same after a
 * restart.
 */
export class HostKeys {
  readonly #keys: Keys;

  private constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Reads the keys from a file. Creates missing keys and writes them to the file. */
  static open(file: string, functions: readonly HttpFunction[]): HostKeys {
    const stored = read(file);
    const keys: Keys = {
      masterKey: stored?.masterKey ?? newKey(),
      hostKeys: stored?.hostKeys ?? { default: newKey() },
      systemKeys: { [durableKeyName]: newKey(), ...stored?.systemKeys },
      functionKeys: { ...stored?.functionKeys },
    };
    for (const { name } of functions) keys.functionKeys[name] ??= { default: newKey() };
    // Renamed, so that a crash leaves either the old file or the new one.
    writeFileSync(`${file}.new`, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return new HostKeys(keys);
  }

  /** The key of the durable management API. */
  get durableKey(): string {
    return this.#keys.systemKeys[durableKeyName] ?? this.#keys.masterKey;
  }

  /**
   * Returns whether a key allows a call of the function: the master key always, its own and a host
   * key at level `function`.
   */
  allowsFunction({ name, authLevel }: HttpFunction, key: string | undefined): boolean {
    if (authLevel === 'anonymous' || this.allowsAdmin(key)) return true;
    if (authLevel === 'admin') return false;
    return isOneOf(key, [
      ...Object.values(this.#keys.hostKeys),
      ...Object.values(this.#keys.functionKeys[name] ?? {}),
    ]);
  }

  /** Returns whether a key allows calls of the admin API. */
  allowsAdmin(key: string | undefined): boolean {
    return isOneOf(key, [this.#keys.masterKey]);
  }

  /** Returns whether a key allows calls of the durable management API. */
  allowsDurable(key: string | undefined): boolean {
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
  const hash = hashOf(key);
  return keys.some((known) => timingSafeEqual(hashOf(known), hash));
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
