import { expect, it } from 'vitest';
import type { FreezeRequest } from '../../../shared/storage/appState.ts';
import type { Stores } from '../../../shared/storage/stores.ts';
import { at } from './sampleRows.ts';

/** What every implementation must do with the freeze of all migrations. */
export function freezeContract(stores: () => Stores): void {
  const asked = (
    kind: FreezeRequest['kind'],
    day: number,
    changes: Partial<FreezeRequest> = {},
  ): FreezeRequest => ({
    kind,
    by: "o'neil",
    reason: `on day ${String(day)}`,
    askedAt: at(day),
    ...changes,
  });

  it('freezes once, says who and why, lifts it once, and keeps all that was asked in order', async () => {
    const { freezes } = stores();
    expect(await freezes.current()).toBeNull();
    // Lifting what is not in force changes nothing.
    expect(await freezes.ask(asked('unfreeze', 1), undefined)).toMatchObject({
      sequence: 1,
      kind: 'unfreeze',
      isEffective: false,
      since: null,
    });
    expect(await freezes.ask(asked('freeze', 2), undefined)).toEqual({
      ...asked('freeze', 2),
      sequence: 2,
      isEffective: true,
      since: at(2),
      isRecorded: false,
    });
    expect(await freezes.current()).toEqual({ since: at(2), by: "o'neil", reason: 'on day 2' });
    // The first one stays in force.
    expect(
      await freezes.ask(asked('freeze', 3, { by: null, reason: null }), undefined),
    ).toMatchObject({ sequence: 3, isEffective: false, since: at(2), by: null });
    expect(await freezes.current()).toEqual({ since: at(2), by: "o'neil", reason: 'on day 2' });
    expect(await freezes.ask(asked('unfreeze', 4), undefined)).toMatchObject({
      sequence: 4,
      isEffective: true,
      since: at(2),
    });
    expect(await freezes.current()).toBeNull();
    expect((await freezes.listUnrecorded()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    for (const sequence of [1, 2, 4, 4]) await freezes.markRecorded(sequence);
    expect((await freezes.listUnrecorded()).map(({ sequence, kind }) => [sequence, kind])).toEqual([
      [3, 'freeze'],
    ]);
    await freezes.markRecorded(3);
  });

  it('knows a key: the same one changes nothing again, also after what it asked for was lifted', async () => {
    const { freezes } = stores();
    const first = await freezes.ask(asked('freeze', 5), 'key-1');
    await freezes.ask(asked('unfreeze', 6), 'key-1');
    expect(await freezes.ask(asked('freeze', 7, { reason: 'another one' }), 'key-1')).toEqual(
      first,
    );
    expect(await freezes.current()).toBeNull();
  });

  it('is not lifted by an unfreeze that comes late and was asked for before it', async () => {
    const { freezes } = stores();
    await freezes.ask(asked('freeze', 10), undefined);
    await freezes.ask(asked('unfreeze', 12), undefined);
    await freezes.ask(asked('freeze', 13), undefined);
    expect(await freezes.ask(asked('unfreeze', 11), undefined)).toMatchObject({
      isEffective: false,
      since: at(13),
    });
    expect(await freezes.current()).toMatchObject({ since: at(13) });
    // The other way round everything stands still until somebody sees it.
    expect(await freezes.ask(asked('unfreeze', 13), undefined)).toMatchObject({
      isEffective: true,
    });
    expect(await freezes.ask(asked('freeze', 12), undefined)).toMatchObject({ isEffective: true });
    await freezes.ask(asked('unfreeze', 14), undefined);
    for (const { sequence } of await freezes.listUnrecorded()) await freezes.markRecorded(sequence);
  });

  it('puts what many ask at the same time in one order, in which one of them is effective', async () => {
    const { freezes } = stores();
    const commands = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        freezes.ask(asked('freeze', 15), n < 4 ? 'key-2' : undefined),
      ),
    );
    expect(
      new Set(commands.filter(({ isEffective }) => isEffective).map(({ sequence }) => sequence))
        .size,
    ).toBe(1);
    expect(new Set(commands.slice(0, 4).map(({ sequence }) => sequence)).size).toBe(1);
    expect(new Set(commands.map(({ sequence }) => sequence)).size).toBe(5);
    expect(await freezes.current()).toMatchObject({ since: at(15) });
    await freezes.ask(asked('unfreeze', 16), undefined);
    for (const { sequence } of await freezes.listUnrecorded()) await freezes.markRecorded(sequence);
  });
}
