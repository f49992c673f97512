import type { Stores } from '../../shared/storage/stores.ts';

/** How many rows and messages have been written, and how many reads were made. */
export interface StorageCount {
  writes: number;
  reads: number;
}

const writing =
  /^(accept|add|answer|askApproval|change|decide|insert|insertMissing|reserve|save|send|update)/;

/** The stores, with every call counted: a call that takes a list of rows counts as many writes as there are rows. */
export function countedStores(stores: Stores): {
  readonly stores: Stores;
  readonly count: StorageCount;
} {
  const count: StorageCount = { writes: 0, reads: 0 };
  const counted = <T extends object>(store: T): T =>
    new Proxy(store, {
      get: (target, property, receiver): unknown => {
        const member: unknown = Reflect.get(target, property, receiver);
        if (typeof member !== 'function')
          return typeof member === 'object' && member !== null ? counted(member) : member;
        return (...args: unknown[]): unknown => {
          if (!writing.test(String(property))) count.reads += 1;
          else count.writes += Array.isArray(args[0]) ? args[0].length : 1;
          return Reflect.apply(member, target, args);
        };
      },
    });
  return { stores: counted(stores), count };
}
