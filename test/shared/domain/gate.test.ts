import { describe, expect, it } from 'vitest';
import type { Command, CommandBook, CommandResult } from '../../../shared/contracts/command.ts';
import { answeredCommands, undecidedFor } from '../../../shared/domain/answeredCommands.ts';
import { gateOf, type GateStage } from '../../../shared/domain/gate.ts';
import { aCommand } from '../storage/sampleRows.ts';

const nowMs = Date.parse('2026-11-20T08:00:00Z');
const hour = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();
const empty: CommandBook = { commands: [], results: [], decision: undefined, approvalRequestedAt: undefined };
let issued = 0;
const command = (kind: Command['kind'], targets: string[] = []): Command => {
  issued += 1;
  return aCommand('m', issued % 10, { kind, targets, acceptedAt: at(nowMs + issued) });
};
const result = ({ commandId }: Command, batchId: string | null, verdict: CommandResult['verdict']): CommandResult => ({ migrationId: 'm', commandId, batchId, verdict, detail: '', decidedAt: at(nowMs) });
const decision = (verdict: 'approved' | 'rejected' | 'timedOut') => ({ migrationId: 'm', verdict, by: null, reason: null, decidedAt: at(nowMs) });
const gate = (book: Partial<CommandBook>, changes: { stage?: GateStage; approvalHours?: number | null; round?: string } = {}) =>
  gateOf({ stage: 'migrate', batchId: 'b001', round: null, approvalHours: 72, heldUntilMs: nowMs + hour, nowMs, ...changes }, { ...empty, ...book });

describe('gateOf', () => {
  it('asks for approval once, waits for it, and takes no answer for a no', () => {
    expect(gate({})).toEqual({ kind: 'ask' });
    expect(gate({ approvalRequestedAt: at(nowMs - 71 * hour) })).toEqual({ kind: 'wait', untilMs: nowMs + hour });
    expect(gate({ approvalRequestedAt: at(nowMs - 72 * hour) })).toEqual({ kind: 'timedOut' });
    expect(gate({ decision: decision('approved') })).toEqual({ kind: 'go' });
    expect(gate({ decision: decision('rejected') })).toMatchObject({ kind: 'stop' });
    expect(gate({ decision: decision('timedOut') })).toMatchObject({ kind: 'stop' });
  });

  it('needs no approval to create a job, nor where none is asked for', () => {
    expect(gate({}, { stage: 'create' })).toEqual({ kind: 'go' });
    expect(gate({}, { approvalHours: null })).toEqual({ kind: 'go' });
  });

  it('takes a job back that began to migrate by itself before somebody had approved', () => {
    const stop = { kind: 'stop', reason: 'the job began to migrate by itself, before anybody had approved' };
    expect(gate({}, { stage: 'unasked' })).toEqual(stop);
    expect(gate({ approvalRequestedAt: at(nowMs) }, { stage: 'unasked' })).toEqual(stop);
    expect(gate({ decision: decision('approved') }, { stage: 'unasked' })).toEqual({ kind: 'go' });
    expect(gate({}, { stage: 'unasked', approvalHours: null })).toEqual({ kind: 'go' });
    expect(gate({ decision: decision('rejected') }, { stage: 'unasked' })).toMatchObject({ kind: 'stop' });
  });

  it('waits while paused, whoever has approved, until resumed', () => {
    const paused = { commands: [command('pause')], decision: decision('approved') };
    expect(gate(paused)).toEqual({ kind: 'wait', untilMs: null });
    expect(gate({ ...paused, commands: [...paused.commands, command('resume')] })).toEqual({ kind: 'go' });
  });

  it('stops a batch that a cancel addresses, unless the batch has turned it down', () => {
    const cancel = command('cancel', ['b001', 'b002']);
    expect(gate({ commands: [cancel] }, { approvalHours: null })).toMatchObject({ kind: 'stop' });
    expect(gate({ commands: [cancel], results: [result(cancel, 'b001', 'tooLate')] }, { approvalHours: null })).toEqual({ kind: 'go' });
    expect(gate({ commands: [command('cancel', ['b002'])] }, { approvalHours: null })).toEqual({ kind: 'go' });
    const retry = command('retry', ['b001']);
    expect(gate({ commands: [cancel, retry] }, { approvalHours: null, round: retry.commandId })).toEqual({ kind: 'go' });
    expect(gate({ commands: [retry, cancel] }, { approvalHours: null, round: retry.commandId })).toMatchObject({ kind: 'stop' });
  });

  it('holds a batch until its time is over, paused or not', () => {
    expect(gate({ commands: [command('pause')] }, { stage: 'hold' })).toEqual({ kind: 'wait', untilMs: nowMs + hour });
    expect(gateOf({ stage: 'hold', batchId: 'b001', round: null, approvalHours: null, heldUntilMs: nowMs, nowMs }, empty)).toMatchObject({ kind: 'stop' });
  });
});

describe('answeredCommands', () => {
  it('are pending until every batch has answered, then what they say together', () => {
    const cancel = command('cancel', ['b001', 'b002']);
    const state = (...results: CommandResult[]) => answeredCommands({ ...empty, commands: [cancel], results })[0]?.state;
    expect(state()).toBe('pending');
    expect(state(result(cancel, 'b001', 'applied'))).toBe('pending');
    expect(state(result(cancel, 'b001', 'applied'), result(cancel, 'b002', 'applied'))).toBe('applied');
    expect(state(result(cancel, 'b001', 'applied'), result(cancel, 'b002', 'tooLate'))).toBe('partlyApplied');
    expect(state(result(cancel, 'b001', 'gone'), result(cancel, 'b002', 'tooLate'))).toBe('gone');
    expect(undecidedFor('b002', { ...empty, commands: [cancel], results: [result(cancel, 'b001', 'applied')] })).toEqual([cancel]);
  });
});
