import { join } from 'node:path';
import type { OrchestrationContext } from 'durable-functions';
import { expect, it } from 'vitest';
import { Journal, JournalError } from '../../durable/journal.ts';
import { temporaryDir } from '../temporaryDir.ts';
import { df, openEngine } from './engineHarness.ts';

df.app.activity('step', { handler: () => 'done' });
df.app.orchestration('steps', function* (context: OrchestrationContext) {
  for (let n = 0; n < 5; n += 1) yield context.df.callActivity('step');
  return 'over';
});

it('an engine whose journal cannot be written reports it once, refuses new work, and continues after the next start', async () => {
  const dataDir = temporaryDir();
  const failures: string[] = [];
  let freeEntries = 40;
  const engine = await openEngine({
    dataDir,
    onJournalFailed: (reason) => failures.push(reason),
    openJournal: async (options) => {
      const journal = await Journal.open({ ...options, file: join(dataDir, 'journal.jsonl') });
      return {
        get isIdle() {
          return journal.isIdle;
        },
        append: (entry, apply) =>
          (freeEntries -= 1) < 0
            ? Promise.reject(new JournalError('the journal cannot be written: ENOSPC'))
            : journal.append(entry, apply),
        close: () => journal.close(),
      };
    },
  });
  const ids = await Promise.all(Array.from({ length: 20 }, () => engine.start('steps')));
  await engine.settle();
  expect(failures).toEqual(['the journal cannot be written: ENOSPC']);
  expect(engine.logged.filter((line) => line.includes('ENOSPC'))).toEqual([
    'error: the durable engine cannot continue: the journal cannot be written: ENOSPC',
  ]);
  expect((await engine.call('POST', 'orchestrators/steps', null)).status).toBe(503);
  expect((await engine.call('POST', `instances/${ids[0] ?? ''}/raiseEvent/any`, null)).status).toBe(
    503,
  );
  await engine.stop();

  const next = await openEngine({ dataDir });
  await next.settle();
  for (const id of ids)
    expect(await next.status(id)).toMatchObject({ runtimeStatus: 'Completed', output: 'over' });
  await next.stop();
});
