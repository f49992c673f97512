import { describe, expect, it } from 'vitest';
import type {
  Approval,
  Command,
  CommandBook,
  CommandResult,
} from '../../../shared/contracts/command.ts';
import { gateOf, type Standing } from '../../../shared/domain/checkpoint.ts';
import { answeredCommands, undecidedFor } from '../../../shared/domain/commands.ts';
import { aCommand, anApproval } from '../storage/sampleRows.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const hour = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();
const empty: CommandBook = { commands: [], results: [], approvals: [] };
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
const decided = (
  verdict: 'approved' | 'rejected' | 'timedOut',
): Pick<CommandBook, 'approvals'> => ({
  approvals: [anApproval('m', 1, { verdict, decidedAt: at(nowMs) })],
});
const gate = (book: Partial<CommandBook>, changes: Partial<Standing> = {}) =>
  gateOf(
    {
      stage: 'migrate',
      batchId: 'b001',
      round: null,
      approvalHours: 72,
      isApproved: false,
      isCleared: false,
      heldUntilMs: nowMs + hour,
      nowMs,
      ...changes,
    },
    { ...empty, ...book },
  );

describe('gateOf', () => {
  it('asks for approval once, waits for it, and takes no answer for a no', () => {
    expect(gate({})).toEqual({ kind: 'ask' });
    expect(gate({ approvals: [requested(at(nowMs - 71 * hour))] })).toEqual({
      kind: 'wait',
      untilMs: nowMs + hour,
    });
    expect(gate({ approvals: [requested(at(nowMs - 72 * hour))] })).toEqual({ kind: 'timedOut' });
    expect(gate(decided('approved'), { isApproved: true })).toEqual({ kind: 'go' });
    expect(gate(decided('rejected'))).toMatchObject({ kind: 'stop' });
    expect(gate(decided('timedOut'))).toMatchObject({ kind: 'stop' });
  });

  it('asks again for a batch that the approvals do not cover, and gives that request its own time', () => {
    expect(gate(decided('approved'))).toEqual({ kind: 'ask' });
    const again = [...decided('approved').approvals, requested(at(nowMs - hour), 2)];
    expect(gate({ approvals: again })).toEqual({ kind: 'wait', untilMs: nowMs + 71 * hour });
    expect(gate({ approvals: again }, { isApproved: true })).toEqual({ kind: 'go' });
  });

  it('heeds a rejection whatever was approved, and a time that is over where nothing covers the batch', () => {
    expect(gate(decided('rejected'), { isApproved: true })).toMatchObject({ kind: 'stop' });
    expect(gate(decided('timedOut'), { isApproved: true })).toEqual({ kind: 'go' });
    const retry = command('retry', ['b001']);
    expect(
      gate(
        { ...decided('rejected'), commands: [{ ...retry, acceptedAt: at(nowMs + hour) }] },
        { round: retry.commandId },
      ),
    ).toEqual({ kind: 'ask' });
  });

  it('needs no approval to create a job, nor where none is asked for', () => {
    expect(gate({}, { stage: 'create' })).toEqual({ kind: 'go' });
    expect(gate({}, { approvalHours: null })).toEqual({ kind: 'go' });
  });

  it('takes a job back that began to migrate by itself before somebody had approved', () => {
    const stop = {
      kind: 'stop',
      reason: 'the job began to migrate by itself, before anybody had approved',
    };
    expect(gate({}, { stage: 'unasked' })).toEqual(stop);
    expect(gate({ approvals: [requested(at(nowMs))] }, { stage: 'unasked' })).toEqual(stop);
    expect(gate(decided('approved'), { stage: 'unasked', isApproved: true })).toEqual({
      kind: 'go',
    });
    expect(gate(decided('approved'), { stage: 'unasked' })).toEqual(stop);
    expect(gate(decided('rejected'), { stage: 'unasked', isCleared: true })).toEqual({
      kind: 'go',
    });
    expect(gate({}, { stage: 'unasked', approvalHours: null })).toEqual({ kind: 'go' });
    expect(gate(decided('rejected'), { stage: 'unasked' })).toMatchObject({ kind: 'stop' });
  });

  it('waits while paused, whoever has approved, until resumed', () => {
    const paused = { commands: [command('pause')], ...decided('approved') };
    expect(gate(paused, { isApproved: true })).toEqual({ kind: 'wait', untilMs: null });
    expect(
      gate({ ...paused, commands: [...paused.commands, command('resume')] }, { isApproved: true }),
    ).toEqual({ kind: 'go' });
  });

  it('stops a batch that a cancel addresses, unless the batch has turned it down', () => {
    const cancel = command('cancel', ['b001', 'b002']);
    expect(gate({ commands: [cancel] }, { approvalHours: null })).toMatchObject({ kind: 'stop' });
    expect(
      gate(
        { commands: [cancel], results: [result(cancel, 'b001', 'tooLate')] },
        { approvalHours: null },
      ),
    ).toEqual({ kind: 'go' });
    expect(gate({ commands: [command('cancel', ['b002'])] }, { approvalHours: null })).toEqual({
      kind: 'go',
    });
    const retry = command('retry', ['b001']);
    expect(
      gate({ commands: [cancel, retry] }, { approvalHours: null, round: retry.commandId }),
    ).toEqual({ kind: 'go' });
    expect(
      gate({ commands: [retry, cancel] }, { approvalHours: null, round: retry.commandId }),
    ).toMatchObject({ kind: 'stop' });
  });

  it('holds a batch until its time is over, paused or not', () => {
    expect(gate({ commands: [command('pause')] }, { stage: 'hold' })).toEqual({
      kind: 'wait',
      untilMs: nowMs + hour,
    });
    expect(gate({}, { stage: 'hold', approvalHours: null, heldUntilMs: nowMs })).toMatchObject({
      kind: 'stop',
    });
  });
});

describe('answeredCommands', () => {
  it('are pending until every batch has answered, then what they say together', () => {
    const cancel = command('cancel', ['b001', 'b002']);
    const state = (...results: CommandResult[]) =>
      answeredCommands({ ...empty, commands: [cancel], results })[0]?.state;
    expect(state()).toBe('pending');
    expect(state(result(cancel, 'b001', 'applied'))).toBe('pending');
    expect(state(result(cancel, 'b001', 'applied'), result(cancel, 'b002', 'applied'))).toBe(
      'applied',
    );
    expect(state(result(cancel, 'b001', 'applied'), result(cancel, 'b002', 'tooLate'))).toBe(
      'partlyApplied',
    );
    expect(state(result(cancel, 'b001', 'gone'), result(cancel, 'b002', 'tooLate'))).toBe('gone');
    expect(
      undecidedFor('b002', {
        ...empty,
        commands: [cancel],
        results: [result(cancel, 'b001', 'applied')],
      }),
    ).toEqual([cancel]);
  });
});
