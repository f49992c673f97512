import { afterEach, expect, it } from 'vitest';
import { openWorld, startMs, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

const hour = 3_600_000;
const batches = 12;

/** Where all batches of a migration wait for days, and the activity that looks in each time. */
const waits = [
  { name: 'watch their jobs', request: {}, looksIn: 'readJob' },
  { name: 'wait for an approval', request: { requestedBy: 'lee@fabrikam.com', approval: { required: true, timeoutHours: 200 } }, looksIn: 'readGate' },
];

it.each(waits)('many batches that $name ask once each time whether there is a command, and none reads all that was asked', async ({ request, looksIn }) => {
  const read = { book: 0, bookOf: 0, looks: 0 };
  world = await openWorld({
    batchSize: 1,
    wrap: (services) => {
      const { commands } = services.stores;
      return { ...services, stores: { ...services.stores, commands: { ...commands, book: (...given) => ((read.book += 1), commands.book(...given)), bookOf: (...given) => ((read.bookOf += 1), commands.bookOf(...given)) } } };
    },
    onInvoked: ({ functionName }) => {
      if (functionName === looksIn) read.looks += 1;
    },
  });
  const id = await world.accept(batches, { completeAfterDateTime: new Date(startMs + 100 * hour).toISOString(), ...request });
  await world.engine.settle(() => world.clock.now() > startMs + 3 * hour);
  expect(await world.ask(id, 'reschedule', { completeAfterDateTime: new Date(startMs + 120 * hour).toISOString() })).toMatchObject({ kind: 'accepted' });
  await world.engine.settle(() => world.clock.now() > startMs + 6 * hour);
  expect(await world.answers(id)).toEqual(['reschedule applied']);

  Object.assign(read, { book: 0, bookOf: 0, looks: 0 });
  await world.engine.settle(() => world.clock.now() > startMs + 24 * hour);
  expect(read.looks).toBeGreaterThan(batches * 30);
  expect([read.book, read.bookOf]).toEqual([0, read.looks]);
});
