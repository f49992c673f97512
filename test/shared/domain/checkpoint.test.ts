import { describe, expect, it } from 'vitest';
import type {
  Approval,
  Command,
  CommandLog,
  CommandResult,
} from '../../../shared/contracts/command.ts';
import {
  type CheckpointState,
  clearanceOf,
  commandsWithResults,
  pendingCommands,
} from '../../../shared/domain/commands.ts';
import { aCommand, anApproval } from '../storage/sampleRows.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const hour = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();
const empty: CommandLog = { commands: [], results: [], approvals: [] };
let issued = 0;
const command = (kind: Command['kind'], targets: string[] = []): Command => {
  issued += 1;
  return aCommand('m', issued % 10, { kind, targets, acceptedAt: at(nowMs + issued) });
};
const result = (
  { commandId }: Command,
  batchId: string | null,
  verdict: CommandResult['verdict'],
): CommandResult => ({
  migrationId: 'm',
  commandId,
  batchId,
  verdict,
  detail: '',
  decidedAt: at(nowMs),
});
const requested = (requestedAt: string, number = 1): Approval => ({
  ...anApproval('m', number),
  requestedAt,
});
const decided = (verdict: 'approved' | 'rejected' | 'timedOut'): Pick<CommandLog, 'approvals'> => ({
  approvals: [anApproval('m', 1, { verdict, decidedAt: at(nowMs) })],
});
const checkpoint = (commandLog: Partial<CommandLog>, changes: Partial<CheckpointState> = {}) =>
  clearanceOf(
    {
      stage: 'migrate',
      batchId: 'b001',
      runCommandId: null,
      approvalHours: 72,
      isApproved: false,
      isCleared: false,
      heldUntilMs: nowMs + hour,
      nowMs,
      ...changes,
    },
    { ...empty, ...commandLog },
  );

describe('gateOf', () => {
  it('requests approval once, waits for it, and stops if nobody decides in time', () => {
    expect(checkpoint({})).toEqual({ kind: 'ask' });
    expect(checkpoint({ approvals: [requested(at(nowMs - 71 * hour))] })).toEqual({
      kind: 'wait',
      untilMs: nowMs + hour,
    });
    expect(checkpoint({ approvals: [requested(at(nowMs - 72 * hour))] })).toEqual({
      kind: 'timedOut',
    });
    expect(checkpoint(decided('approved'), { isApproved: true })).toEqual({ kind: 'go' });
    expect(checkpoint(decided('rejected'))).toMatchObject({ kind: 'stop' });
    expect(checkpoint(decided('timedOut'))).toMatchObject({ kind: 'stop' });
  });

  it('asks again for a batch that the approvals do not cover, and gives that request its own time', () => {
    expect(checkpoint(decided('approved'))).toEqual({ kind: 'ask' });
    const again = [...decided('approved').approvals, requested(at(nowMs - hour), 2)];
    expect(checkpoint({ approvals: again })).toEqual({ kind: 'wait', untilMs: nowMs + 71 * hour });
    expect(checkpoint({ approvals: again }, { isApproved: true })).toEqual({ kind: 'go' });
  });

  it('heeds a rejection whatever was approved, and a time that is over where nothing covers the batch', () => {
    expect(checkpoint(decided('rejected'), { isApproved: true })).toMatchObject({ kind: 'stop' });
    expect(checkpoint(decided('timedOut'), { isApproved: true })).toEqual({ kind: 'go' });
    const retry = command('retry', ['b001']);
    expect(
      checkpoint(
        { ...decided('rejected'), commands: [{ ...retry, acceptedAt: at(nowMs + hour) }] },
        { runCommandId: retry.commandId },
      ),
    ).toEqual({ kind: 'ask' });
  });

  it('needs no approval to create a job, nor where none is asked for', () => {
    expect(checkpoint({}, { stage: 'create' })).toEqual({ kind: 'go' });
    expect(checkpoint({}, { approvalHours: null })).toEqual({ kind: 'go' });
  });

  it('stops a job that started to migrate without an approval', () => {
    const stop = {
      kind: 'stop',
      reason: 'the job started to migrate without an approval',
    };
    expect(checkpoint({}, { stage: 'selfStarted' })).toEqual(stop);
    expect(checkpoint({ approvals: [requested(at(nowMs))] }, { stage: 'selfStarted' })).toEqual(
      stop,
    );
    expect(checkpoint(decided('approved'), { stage: 'selfStarted', isApproved: true })).toEqual({
      kind: 'go',
    });
    expect(checkpoint(decided('approved'), { stage: 'selfStarted' })).toEqual(stop);
    expect(checkpoint(decided('rejected'), { stage: 'selfStarted', isCleared: true })).toEqual({
      kind: 'go',
    });
    expect(checkpoint({}, { stage: 'selfStarted', approvalHours: null })).toEqual({ kind: 'go' });
    expect(checkpoint(decided('rejected'), { stage: 'selfStarted' })).toMatchObject({
      kind: 'stop',
    });
  });

  it('waits while paused, even if approved, until resumed', () => {
    const paused = { commands: [command('pause')], ...decided('approved') };
    expect(checkpoint(paused, { isApproved: true })).toEqual({ kind: 'wait', untilMs: null });
    expect(
      checkpoint(
        { ...paused, commands: [...paused.commands, command('resume')] },
        { isApproved: true },
      ),
    ).toEqual({ kind: 'go' });
  });

  it('stops a batch that a cancel addresses, unless the batch has turned it down', () => {
    const cancel = command('cancel', ['b001', 'b002']);
    expect(checkpoint({ commands: [cancel] }, { approvalHours: null })).toMatchObject({
      kind: 'stop',
    });
    expect(
      checkpoint(
        { commands: [cancel], results: [result(cancel, 'b001', 'tooLate')] },
        { approvalHours: null },
      ),
    ).toEqual({ kind: 'go' });
    expect(
      checkpoint({ commands: [command('cancel', ['b002'])] }, { approvalHours: null }),
    ).toEqual({
      kind: 'go',
    });
    const retry = command('retry', ['b001']);
    expect(
      checkpoint(
        { commands: [cancel, retry] },
        { approvalHours: null, runCommandId: retry.commandId },
      ),
    ).toEqual({ kind: 'go' });
    expect(
      checkpoint(
        { commands: [retry, cancel] },
        { approvalHours: null, runCommandId: retry.commandId },
      ),
    ).toMatchObject({ kind: 'stop' });
  });

  it('holds a batch until its time is over, paused or not', () => {
    expect(checkpoint({ commands: [command('pause')] }, { stage: 'hold' })).toEqual({
      kind: 'wait',
      untilMs: nowMs + hour,
    });
    expect(
      checkpoint({}, { stage: 'hold', approvalHours: null, heldUntilMs: nowMs }),
    ).toMatchObject({
      kind: 'stop',
    });
  });
});

describe('commandsWithResults', () => {
  it('is pending until every batch has a result, then combines the results', () => {
    const cancel = command('cancel', ['b001', 'b002']);
    const state = (...results: CommandResult[]) =>
      commandsWithResults({ ...empty, commands: [cancel], results })[0]?.state;
    expect(state()).toBe('pending');
    expect(state(result(cancel, 'b001', 'applied'))).toBe('pending');
    expect(state(result(cancel, 'b001', 'applied'), result(cancel, 'b002', 'applied'))).toBe(
      'applied',
    );
    expect(state(result(cancel, 'b001', 'applied'), result(cancel, 'b002', 'tooLate'))).toBe(
      'partlyApplied',
    );
    expect(state(result(cancel, 'b001', 'notFound'), result(cancel, 'b002', 'tooLate'))).toBe(
      'notFound',
    );
    expect(
      pendingCommands('b002', {
        ...empty,
        commands: [cancel],
        results: [result(cancel, 'b001', 'applied')],
      }),
    ).toEqual([cancel]);
  });
});
