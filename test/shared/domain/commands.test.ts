import { describe, expect, it } from 'vitest';
import type { Command, CommandKind, CommandVerdict } from '../../../shared/contracts/command.ts';
import { commandsWithResults, pendingCommands } from '../../../shared/domain/commands.ts';
import { aCommand } from '../storage/sampleRows.ts';

const command = (kind: CommandKind, n: number): Command =>
  aCommand('m-1', n, { kind, targets: ['b001'] });

describe('pendingCommands', () => {
  const commandLog = {
    commands: [
      command('deleteJobs', 1),
      command('cancel', 2),
      command('retry', 3),
      command('reschedule', 4),
    ],
    results: [],
    approvals: [],
  };

  it('omits commands that an orchestration of its own executes', () => {
    expect(pendingCommands('b001', commandLog).map(({ kind }) => kind)).toEqual([
      'cancel',
      'reschedule',
    ]);
  });

  it('is nothing of other batches, and nothing twice', () => {
    const result = {
      migrationId: 'm-1',
      commandId: command('cancel', 2).commandId,
      batchId: 'b001',
      verdict: 'applied',
      detail: '',
      decidedAt: '',
    } as const;
    expect(pendingCommands('b002', commandLog)).toEqual([]);
    expect(
      pendingCommands('b001', { ...commandLog, results: [result] }).map(({ kind }) => kind),
    ).toEqual(['reschedule']);
  });
});

it.each<[readonly CommandVerdict[], string]>([
  [['unconfirmed', 'unconfirmed'], 'unconfirmed'],
  [['tooLate', 'unconfirmed'], 'unconfirmed'],
  [['applied', 'unconfirmed'], 'partlyApplied'],
  [['tooLate', 'notFound'], 'tooLate'],
  [['unconfirmed'], 'pending'],
])('a command with the results %j is %s', (verdicts, state) => {
  const asked = aCommand('m-1', 1, { targets: ['b001', 'b002'] });
  const results = verdicts.map((verdict, n) => ({
    migrationId: 'm-1',
    commandId: asked.commandId,
    batchId: `b00${String(n + 1)}`,
    verdict,
    detail: '',
    decidedAt: '',
  }));
  expect(commandsWithResults({ commands: [asked], results, approvals: [] })[0]?.state).toBe(state);
});
