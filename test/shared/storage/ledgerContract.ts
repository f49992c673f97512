import { describe, expect, it } from 'vitest';
import type { LedgerEntry, LedgerHolder } from '../../../shared/storage/ledgerRows.ts';
import type { UserLedger } from '../../../shared/storage/ledger.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { at } from './sampleRows.ts';

const keys = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, n) => `user:${prefix}-${String(n)}`);
const holder = (migrationId: string, batchId = 'b001', run = 1): LedgerHolder => ({
  migrationId,
  batchId,
  run,
});

/** What every implementation of the ledger must do. Users of other tests have other prefixes. */
export function ledgerContract(opened: () => Stores): void {
  describe('the ledger of users', () => {
    const ledger = (): UserLedger => opened().users;
    const reserve = async (
      by: LedgerHolder,
      users: readonly string[],
      moveAgain = false,
      day = 1,
    ): Promise<ReadonlyMap<string, LedgerEntry>> =>
      ledger().reserve(
        by,
        users.map((key) => ({ key, moveAgain })),
        at(day),
      );
    const release = (
      by: LedgerHolder,
      users: readonly string[],
      isMoved: boolean,
      day = 2,
    ): Promise<void> =>
      ledger().release(
        by,
        users.map((key) => ({ key, isMoved })),
        at(day),
      );
    const entry = (
      { migrationId, batchId }: LedgerHolder,
      state: LedgerEntry['state'],
      day: number,
    ): LedgerEntry => ({ migrationId, batchId, state, at: at(day) });
    const all = (users: readonly string[], one: LedgerEntry): ReadonlyMap<string, LedgerEntry> =>
      new Map(users.map((key) => [key, one]));

    it('reserves more users than one transaction holds, and again, and tells another migration who has them', async () => {
      const users = keys(230, 'many');
      const [first, second] = [holder('m-l-one'), holder('m-l-two')];
      expect(await ledger().find(users)).toEqual(new Map());
      expect(await reserve(first, users)).toEqual(new Map());
      expect(await reserve(first, users, false, 9)).toEqual(new Map());
      expect(await ledger().find([...users, 'user:many-nobody'])).toEqual(
        all(users, entry(first, 'reserved', 1)),
      );
      const others = keys(233, 'many');
      expect(await reserve(second, others, true)).toEqual(all(users, entry(first, 'reserved', 1)));
      expect(await ledger().find(others.slice(230))).toEqual(
        all(others.slice(230), entry(second, 'reserved', 1)),
      );
    });

    it('lets everybody go who was not moved and keeps who was, however often that is done', async () => {
      const users = keys(120, 'ends');
      const [moved, free] = [users.slice(0, 70), users.slice(70)];
      const [first, second] = [holder('m-l-ends'), holder('m-l-next')];
      await reserve(first, users);
      for (let again = 0; again < 2; again += 1) {
        await release(first, moved, true);
        await release(first, free, false);
      }
      expect(await ledger().find(users)).toEqual(all(moved, entry(first, 'moved', 2)));
      expect(await reserve(second, users)).toEqual(all(moved, entry(first, 'moved', 2)));
      // What ends late in the first migration does not touch whom the second has by now.
      await release(first, users, false, 3);
      await release(first, free, true, 3);
      expect(await ledger().find(free)).toEqual(all(free, entry(second, 'reserved', 1)));
      expect(await ledger().find(moved)).toEqual(all(moved, entry(first, 'moved', 2)));
    });

    it('never takes a user from a migration whom the batch did not get, also when it lets go of the rest', async () => {
      const users = keys(5, 'lost');
      const [first, second] = [holder('m-l-has'), holder('m-l-wants')];
      await reserve(first, users.slice(0, 1));
      expect([...(await reserve(second, users)).keys()]).toEqual(users.slice(0, 1));
      await release(second, users, false);
      expect(await ledger().find(users)).toEqual(
        all(users.slice(0, 1), entry(first, 'reserved', 1)),
      );
    });

    it('moves nobody twice unless asked to, and remembers the first time when the second comes to nothing', async () => {
      const users = keys(2, 'twice');
      const [first, second, third] = [holder('m-l-was'), holder('m-l-again'), holder('m-l-third')];
      await reserve(first, users);
      await release(first, users, true);
      expect(await reserve(first, users)).toEqual(all(users, entry(first, 'moved', 2)));
      expect(await reserve(second, users, true, 4)).toEqual(new Map());
      expect(await ledger().find(users)).toEqual(all(users, entry(second, 'reserved', 4)));
      expect(await reserve(third, users, true)).toEqual(all(users, entry(second, 'reserved', 4)));
      await release(second, users.slice(0, 1), false, 5);
      await release(second, users.slice(1), true, 5);
      expect(await ledger().find(users)).toEqual(
        new Map([
          [users[0], entry(first, 'moved', 2)],
          [users[1], entry(second, 'moved', 5)],
        ]),
      );
    });

    it('lets a later run have what an earlier one had, and what the earlier one still does has no effect', async () => {
      const users = keys(3, 'runs');
      const [first, second] = [holder('m-l-runs'), holder('m-l-runs', 'b001', 2)];
      await reserve(first, users);
      await release(first, users.slice(1), false);
      expect(await reserve(second, users, false, 4)).toEqual(new Map());
      await release(first, users, false, 5);
      await release(first, users, true, 5);
      expect(await reserve(first, keys(4, 'runs'), false, 6)).toEqual(new Map());
      expect(await ledger().find(keys(4, 'runs'))).toEqual(
        new Map([
          [users[0], entry(first, 'reserved', 1)],
          [users[1], entry(first, 'reserved', 4)],
          [users[2], entry(first, 'reserved', 4)],
        ]),
      );
      await release(second, users, false, 7);
      expect(await ledger().find(users)).toEqual(new Map());
    });

    it('lets another batch of the same migration have a user, whose first batch then does not let go of them', async () => {
      const users = keys(4, 'batches');
      const [one, two, three] = [
        holder('m-l-same'),
        holder('m-l-same', 'b002'),
        holder('m-l-same', 'b003'),
      ];
      await reserve(one, users.slice(0, 2));
      await reserve(two, users.slice(2, 3));
      expect(await reserve(three, users, false, 4)).toEqual(new Map());
      await release(one, users, false);
      await release(two, users, true);
      expect(await ledger().find(users)).toEqual(all(users, entry(three, 'reserved', 4)));
      await release(three, users, false);
      expect(await ledger().find(users)).toEqual(new Map());
    });

    it('gives each user to one of many that ask at the same time', async () => {
      const users = keys(30, 'race');
      const holders = Array.from({ length: 6 }, (_, n) => holder(`m-l-race${String(n)}`));
      const lost = await Promise.all(holders.map((by) => reserve(by, users)));
      const got = holders.flatMap((by, n) =>
        users
          .filter((key) => lost[n]?.has(key) !== true)
          .map((key) => [key, by.migrationId] as const),
      );
      expect(got.map(([key]) => key).toSorted()).toEqual(users.toSorted());
      const found = await ledger().find(users);
      expect(new Map([...found].map(([key, { migrationId }]) => [key, migrationId]))).toEqual(
        new Map(got),
      );
    });

    it('ends the reservations of a batch one by one and many at a time', async () => {
      const users = keys(60, 'single');
      const by = holder('m-l-single');
      await reserve(by, users);
      await Promise.all(users.map((key, n) => release(by, [key], n % 2 === 0)));
      expect(await ledger().find(users)).toEqual(
        all(
          users.filter((_, n) => n % 2 === 0),
          entry(by, 'moved', 2),
        ),
      );
    });
  });
}
