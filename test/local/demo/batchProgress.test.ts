import { describe, expect, it } from 'vitest';
import { batchProgress } from '../../../local/demo/progress.ts';
import type { ListedTask } from '../../../shared/contracts/responses.ts';
import { sampleTask } from './sample.ts';

function task(exchange: string, teams: string, outcome: ListedTask['outcome'] = null): ListedTask {
  const service = (name: string, status: string): ListedTask['services'][number] => ({
    service: name,
    status,
    message: '',
    errors: [],
  });
  return sampleTask({
    outcome,
    services: [service('Exchange', exchange), service('Teams', teams)],
  });
}

describe('the progress of a batch', () => {
  it('counts the mailboxes in sync while it syncs, without the users who failed validation', () => {
    const tasks = [
      task('synced', 'synced'),
      task('syncing', 'synced'),
      task('invalid', 'valid', 'invalid'),
    ];
    expect(batchProgress('syncing', tasks)).toEqual({ done: 1, total: 2 });
  });

  it('counts the users whose workloads have all ended while it cuts over', () => {
    const tasks = [
      task('completed', 'inProgress'),
      task('completed', 'failed'),
      task('finalizing', 'synced'),
    ];
    expect(batchProgress('cuttingOver', tasks)).toEqual({ done: 1, total: 3 });
  });

  it('is undefined in other phases', () => {
    expect(batchProgress('validating', [task('inProgress', 'inProgress')])).toBeUndefined();
    expect(batchProgress('syncing', [])).toBeUndefined();
  });
});
