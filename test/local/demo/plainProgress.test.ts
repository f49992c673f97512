import { describe, expect, it } from 'vitest';
import { PlainProgress } from '../../../local/demo/progress.ts';
import { sampleBatch, sampleMigration } from './sample.ts';

const atMs = Date.parse('2026-11-20T14:05:00Z');

describe('progress without a terminal', () => {
  it('writes a line when a batch is in another phase than before, and none when it is not', () => {
    const lines: string[] = [];
    const view = new PlainProgress((line) => lines.push(line));
    const show = (phase: 'validating' | 'syncing'): void => {
      view.show({
        atMs,
        tasks: [],
        migrations: [
          sampleMigration({ batches: [sampleBatch({ phase }), sampleBatch({ batchId: 'b002' })] }),
        ],
      });
    };
    show('validating');
    show('validating');
    show('syncing');
    expect(lines).toEqual([
      'Fri, 20 Nov 2026, 14:05 UTC  wave07 b001  validating  100 tasks',
      'Fri, 20 Nov 2026, 14:05 UTC  wave07 b002  syncing  100 tasks',
      'Fri, 20 Nov 2026, 14:05 UTC  wave07 b001  syncing  100 tasks',
    ]);
  });

  it('shows how a batch ended, and why', () => {
    const lines: string[] = [];
    const counts = {
      succeeded: 97,
      failed: 2,
      cancelled: 0,
      invalid: 1,
      validated: 0,
      unknown: 0,
      pending: 0,
    };
    const batches = [
      sampleBatch({ phase: 'completedWithErrors', counts }),
      sampleBatch({ batchId: 'b002', phase: 'failed', message: 'Graph refused' }),
    ];
    new PlainProgress((line) => lines.push(line)).show({
      atMs,
      tasks: [],
      migrations: [sampleMigration({ batches })],
    });
    expect(lines).toEqual([
      'Fri, 20 Nov 2026, 14:05 UTC  wave07 b001  completed with errors  97 succeeded, 2 failed, 1 invalid',
      'Fri, 20 Nov 2026, 14:05 UTC  wave07 b002  failed  100 pending: Graph refused',
    ]);
  });

  it('shows that a batch continues without its invalid users', () => {
    const lines: string[] = [];
    new PlainProgress((line) => lines.push(line)).show({
      atMs,
      tasks: [],
      migrations: [sampleMigration({ batches: [sampleBatch({ attempt: 2 })] })],
    });
    expect(lines[0]).toContain('100 tasks without the invalid ones');
  });
});
