import { describe, expect, it } from 'vitest';
import type { MigrationRequest } from '../../../shared/contracts/request.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { aMigration, aRequest, at, taken } from './sampleRows.ts';

const userIds = (count: number, from = 1): string[] =>
  Array.from(
    { length: count },
    (_, n) => `aaaaaaaa-0000-4000-8000-${String(from + n).padStart(12, '0')}`,
  );

/** More than a row is meant to hold. */
export const aLargeRequest = (name: string, from = 1): MigrationRequest =>
  aRequest(name, userIds(2_000, from));

/** A request whose JSON has so many characters. */
function ofLength(name: string, chars: number): MigrationRequest {
  const bare = (count: number): MigrationRequest => ({
    ...aRequest(name, userIds(count)),
    requestedBy: '',
  });
  const lengthOf = (count: number): number => JSON.stringify(bare(count)).length;
  const count = Math.floor((chars - lengthOf(0)) / (lengthOf(2) - lengthOf(1)));
  return { ...bare(count), requestedBy: 'x'.repeat(chars - lengthOf(count)) };
}

/** What every implementation must do with a request that is taken in. */
export function acceptContract(open: () => Stores): void {
  describe('taking a request in', () => {
    const listed = async (stores: Stores): Promise<string[]> =>
      (await stores.migrations.list({ pageSize: 100 })).items.map(({ id }) => id);

    it('lets exactly one of many for a key win, and keeps nothing of the others', async () => {
      const stores = open();
      const ids = Array.from({ length: 8 }, (_, n) => `m-race${String(n)}`);
      const answers = await Promise.all(
        ids.map((id) => stores.migrations.accept(taken(aMigration(id), aRequest(id), 'race'))),
      );
      const winners = ids.filter((_, n) => answers[n]?.inserted);
      expect(winners).toHaveLength(1);
      const winner = winners[0] ?? '';
      for (const { claim } of answers)
        expect(claim).toEqual(taken(aMigration(winner), aRequest(winner), 'race').claim);
      expect((await listed(stores)).filter((id) => id.startsWith('m-race'))).toEqual([winner]);
      for (const id of ids.filter((one) => one !== winner)) {
        expect(await stores.migrations.get(id)).toBeUndefined();
        await expect(stores.requests.load(id)).rejects.toThrow();
      }
      expect(await stores.requests.load(winner)).toEqual(aRequest(winner));
    });

    it.each([
      ['small', 'small', aRequest, aRequest],
      ['small', 'large', aRequest, aLargeRequest],
      ['large', 'small', aLargeRequest, aRequest],
      ['large', 'large', aLargeRequest, (name: string) => aLargeRequest(name, 5_000)],
    ])(
      'keeps a %s request as it was when a %s one with another body comes for its key, before or after',
      async (one, other, first, second) => {
        const stores = open();
        const id = `m-${one}-${other}`;
        const of = (key: string, request: MigrationRequest) =>
          taken(aMigration(`${id}-${key}`), request, `${id} ${key}`);
        const winner = of('later', first(id));
        expect(await stores.migrations.accept(winner)).toEqual({
          inserted: true,
          claim: winner.claim,
        });
        expect(
          await stores.migrations.accept(of('later', { ...second(id), validateOnly: true })),
        ).toEqual({ inserted: false, claim: winner.claim });
        expect(await stores.requests.load(`${id}-later`)).toEqual(first(id));

        const both = [
          of('at-once', first(id)),
          of('at-once', { ...second(id), validateOnly: true }),
        ];
        const answers = await Promise.all(both.map((each) => stores.migrations.accept(each)));
        expect(answers.map(({ inserted }) => inserted).toSorted()).toEqual([false, true]);
        const won = both.find((_, n) => answers[n]?.inserted);
        expect(answers.map(({ claim }) => claim)).toEqual([won?.claim, won?.claim]);
        expect(await stores.requests.load(`${id}-at-once`)).toEqual(won?.request);
      },
    );

    it('is done once however often and at the same time it is repeated, large or small', async () => {
      const stores = open();
      for (const request of [aRequest('twice'), aLargeRequest('twice')]) {
        const one = taken(
          aMigration(`m-twice${String(request.kind === 'users' ? request.users.length : 0)}`, {
            name: 'twice',
          }),
          request,
        );
        const answers = await Promise.all([1, 2, 3].map(() => stores.migrations.accept(one)));
        expect(answers.filter(({ inserted }) => inserted)).toHaveLength(1);
        for (const { claim } of answers) expect(claim).toEqual(one.claim);
        await stores.migrations.update(one.migration.id, { phase: 'running' });
        expect(
          await stores.migrations.accept({
            ...one,
            migration: { ...one.migration, acceptedAt: at(9) },
          }),
        ).toEqual({ inserted: false, claim: one.claim });
        expect(await stores.migrations.get(one.migration.id)).toEqual({
          ...one.migration,
          phase: 'running',
        });
        expect((await listed(stores)).filter((id) => id === one.migration.id)).toHaveLength(1);
        expect(await stores.requests.load(one.migration.id)).toEqual(request);
      }
    });

    it('is done whole or not at all', async () => {
      const stores = open();
      const first = taken(aMigration('m-whole', { acceptedAt: at(20) }));
      await stores.migrations.accept(first);
      // Another key for an id that is there: the last of its rows cannot be written.
      const clash = taken(
        aMigration('m-whole', { acceptedAt: at(21) }),
        aRequest('clash'),
        'another key',
      );
      await expect(stores.migrations.accept(clash)).rejects.toThrow('m-whole');
      expect((await listed(stores)).filter((id) => id === 'm-whole')).toHaveLength(1);
      expect([
        await stores.migrations.get('m-whole'),
        await stores.requests.load('m-whole'),
      ]).toEqual([first.migration, first.request]);
      expect(
        (
          await stores.migrations.accept(
            taken(aMigration('m-whole-too'), aRequest('clash'), 'another key'),
          )
        ).inserted,
      ).toBe(true);
    });

    it('keeps every character that somebody may be called by', async () => {
      const stores = open();
      const requestedBy = 'Zoë said "no" 𠮷 {}';
      // A sign-in may call somebody by what no request may.
      const one = taken(
        aMigration('m-zoe', {
          requestedBy: `${requestedBy} \u2028 \u2029 🚢`,
          requestedById: 'tenant/object',
          requestedByKind: 'authenticated',
          claimedBy: requestedBy,
        }),
        { ...aRequest('zoe'), requestedBy },
      );
      await stores.migrations.accept(one);
      expect([await stores.migrations.get('m-zoe'), await stores.requests.load('m-zoe')]).toEqual([
        one.migration,
        one.request,
      ]);
    });

    it.each([29_999, 30_000, 30_001, 200_000])(
      'keeps a request of %i characters',
      async (chars) => {
        const stores = open();
        const request = ofLength('sized', chars);
        expect(JSON.stringify(request)).toHaveLength(chars);
        await stores.migrations.accept(taken(aMigration(`m-${String(chars)}`), request));
        expect(await stores.requests.load(`m-${String(chars)}`)).toEqual(request);
      },
    );
  });
}
