import { describe, expect, it } from 'vitest';
import type { Sight } from '../../../shared/contracts/internal/batch.ts';
import type { CreationNote, Task } from '../../../shared/contracts/task.ts';
import {
  absenceOf,
  blindAbsenceOf,
  clearanceEventOf,
  creationStateOf,
  creationStates,
  type CreationStep,
  creationTransitions,
  mayHaveTask,
} from '../../../shared/domain/sharePointCreation.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const now = Date.parse('2026-11-20T08:00:00Z');

/** A step in one line. */
function text(step: CreationStep): string {
  switch (step.kind) {
    case 'adopt':
      return `adopt ${step.isOwn ? 'own' : 'foreign'} → ${step.to}`;
    case 'retry':
      return `retry after ${String(step.seconds)} s → ${step.to}`;
    case 'search':
      return `search${step.isAbsent ? ', absent' : ''} → ${step.to}`;
    case 'end':
      return `end as ${step.as} → ${step.to}`;
    default:
      return `${step.kind} → ${step.to}`;
  }
}

describe('the creation of a SharePoint task', () => {
  it('has this step for whatever may happen in each state', () => {
    expect(creationTransitions.map(({ from, on, step }) => `${from}, ${on}: ${text(step)}`))
      .toMatchInlineSnapshot(`
      [
        "earlier, refused: search → earlier",
        "earlier, absent: lookUp → missing",
        "earlier, running: adopt foreign → created",
        "earlier, completed: end as succeeded → ended",
        "earlier, over: lookUp → unsent",
        "unsent, refused: readClearance → refused",
        "unsent, refusedForLong: end as refused → ended",
        "unsent, absent: readClearance → ready",
        "unsent, unproven: readClearance → ready",
        "unsent, believed: readClearance → ready",
        "unsent, blind: readClearance → ready",
        "unsent, running: adopt foreign → created",
        "unsent, moved: end as moved → ended",
        "unsent, over: readClearance → ready",
        "cleared, refused: readClearance → refused",
        "cleared, refusedForLong: end as refused → ended",
        "cleared, absent: readClearance → ready",
        "cleared, unproven: readClearance → ready",
        "cleared, believed: readClearance → ready",
        "cleared, blind: readClearance → ready",
        "cleared, running: adopt own → created",
        "cleared, moved: adopt own → created",
        "cleared, over: adopt own → created",
        "missing, refused: search → missing",
        "missing, refusedForLong: search → missing",
        "missing, running: adopt foreign → created",
        "missing, moved: end as moved → ended",
        "missing, over: readClearance → ready",
        "missing, absent: search, absent → missing",
        "missing, unproven: search, absent → missing",
        "missing, believed: readClearance → ready",
        "missing, blind: search, absent → missing",
        "sent, refused: search → sent",
        "sent, refusedForLong: search → sent",
        "sent, running: adopt own → created",
        "sent, moved: adopt own → created",
        "sent, over: adopt own → created",
        "sent, absent: readClearance → readyAgain",
        "sent, unproven: search, absent → sent",
        "sent, believed: readClearance → ready",
        "sent, blind: end as unclear → ended",
        "reported, refused: search → reported",
        "reported, refusedForLong: search → reported",
        "reported, running: adopt own → created",
        "reported, moved: adopt own → created",
        "reported, over: adopt own → created",
        "reported, absent: search, absent → reported",
        "reported, unproven: search, absent → reported",
        "reported, believed: search, absent → reported",
        "reported, blind: end as unclear → ended",
        "unknown, refused: search → unknown",
        "unknown, refusedForLong: search → unknown",
        "unknown, running: adopt own → created",
        "unknown, moved: adopt own → created",
        "unknown, over: adopt own → created",
        "unknown, absent: search, absent → unknown",
        "unknown, unproven: search, absent → unknown",
        "unknown, believed: search, absent → unknown",
        "unknown, blind: end as unclear → ended",
        "ready, clear: create → creating",
        "ready, command: queue → queued",
        "ready, paused: queue → queued",
        "ready, frozen: queue → queued",
        "ready, noQuota: queue → queued",
        "readyAgain, clear: create → creatingAgain",
        "readyAgain, command: create → creatingAgain",
        "readyAgain, paused: create → creatingAgain",
        "readyAgain, frozen: search, absent → sent",
        "readyAgain, noQuota: create → creatingAgain",
        "refused, clear: retry after 0 s → unsent",
        "refused, command: queue → queued",
        "refused, paused: queue → queued",
        "refused, frozen: queue → queued",
        "refused, noQuota: retry after 0 s → unsent",
        "creating, created: adopt own → created",
        "creating, postponed: retry after 0 s → cleared",
        "creating, queueFull: queue → queued",
        "creating, sourceHasTask: search, absent → reported",
        "creating, blindSourceHasTask: end as unclear → ended",
        "creating, rejected: end as refused → ended",
        "creating, unclear: retry after 15 s → sent",
        "creatingAgain, created: adopt own → created",
        "creatingAgain, postponed: retry after 0 s → sent",
        "creatingAgain, queueFull: retry after 300 s → sent",
        "creatingAgain, sourceHasTask: search, absent → reported",
        "creatingAgain, blindSourceHasTask: end as unclear → ended",
        "creatingAgain, rejected: retry after 15 s → sent",
        "creatingAgain, unclear: retry after 15 s → sent",
      ]
    `);
  });

  it('creates only after a look-up, once nothing speaks against it', () => {
    const creates = creationTransitions.filter(({ step }) => step.kind === 'create');
    expect(creates.map(({ from, on }) => `${from} ${on}`)).toEqual([
      'ready clear',
      'readyAgain clear',
      'readyAgain command',
      'readyAgain paused',
      'readyAgain noQuota',
    ]);
    // What may exist is created again only while its absence is certain.
    const again = creationTransitions.filter(
      ({ from, to }) =>
        ['sent', 'reported', 'unknown', 'missing'].includes(from) && to.startsWith('ready'),
    );
    expect(again.map(({ from, on, to }) => `${from} ${on} ${to}`)).toEqual([
      'missing over ready',
      'missing believed ready',
      'sent absent readyAgain',
      'sent believed ready',
    ]);
  });

  it('reaches every state, and an end from each of them', () => {
    const reached = new Set(['unsent', 'earlier', 'cleared', 'sent', 'reported', 'unknown']);
    for (const { to } of creationTransitions) reached.add(to);
    const states = new Set(creationTransitions.map(({ from }) => from));
    const ends = ['created', 'ended', 'queued'];
    expect([...new Set([...reached, ...states])].sort()).toEqual(
      Object.keys(creationStates).sort(),
    );
    expect([...states].filter((state) => !reached.has(state))).toEqual([]);
    expect([...reached].filter((state) => !states.has(state)).sort()).toEqual(ends);
    for (const state of states) {
      const seen = new Set([state]);
      for (const from of seen)
        for (const transition of creationTransitions)
          if (transition.from === from) seen.add(transition.to);
      expect(seen, state).toContain('created');
      expect(seen, state).toContain('ended');
    }
  });
});

const note = (state: CreationNote['state']): CreationNote => ({
  state,
  sentAt: '2026-11-20T08:00:00.000Z',
  previousTaskId: null,
});
type Row = Pick<Task, 'outcome' | 'outcomeBefore' | 'jobId' | 'creation'>;
const row = (changes: Partial<Row>): Row => ({
  outcome: null,
  outcomeBefore: null,
  jobId: null,
  creation: null,
  ...changes,
});

describe('what a row says', () => {
  it.each<[string, Partial<Row>, boolean]>([
    ['unsent', {}, false],
    ['sent', { creation: note('sent') }, true],
    ['reported', { creation: note('reported') }, true],
    ['cleared', { creation: note('cleared') }, false],
    ['created', { jobId: 'task-1' }, false],
    ['ended', { outcome: 'failed', creation: note('sent') }, false],
    ['unknown', { outcome: 'unknown', creation: note('sent') }, true],
    // It is watched on.
    ['created', { outcome: 'unknown', jobId: 'task-1' }, false],
    // Retries.
    ['unsent', { outcomeBefore: 'failed', jobId: 'task-1' }, false],
    ['earlier', { outcomeBefore: 'unknown', jobId: 'task-1' }, false],
    ['sent', { outcomeBefore: 'unknown' }, true],
    ['sent', { outcomeBefore: 'unknown', creation: note('sent') }, true],
    ['sent', { outcomeBefore: 'unknown', creation: note('reported') }, true],
    ['cleared', { outcomeBefore: 'unknown', jobId: 'task-1', creation: note('cleared') }, false],
  ])('is %s of %o', (state, changes, mayExist) => {
    expect(creationStateOf(row(changes))).toBe(state);
    expect(mayHaveTask(row(changes))).toBe(mayExist);
  });
});

describe('the absence of a task', () => {
  const sight = (absentSinceMs: number | null): Sight => ({
    unseenSinceMs: absentSinceMs,
    absentSinceMs,
    isReported: false,
  });
  const absence = (
    sentAtMs: number | null,
    absentSinceMs: number | null,
    lookedUpAtMs: number | null,
  ) => absenceOf({ sentAtMs, sight: sight(absentSinceMs), lookedUpAtMs, nowMs: now });

  it.each<[string, number | null, number | null, number | null, string]>([
    ['minutes after the create', now - 8 * minute, null, null, 'absent'],
    ['later, for the first time', now - 9 * minute, null, null, 'unproven'],
    ['a day later, for the first time', now - day, null, null, 'unproven'],
    [
      'later, as at every look-up since the create',
      now - 5 * hour,
      now - 5 * hour + minute,
      now - 30 * minute,
      'absent',
    ],
    [
      'after two hours without a look-up',
      now - 5 * hour,
      now - 5 * hour + minute,
      now - 2 * hour,
      'unproven',
    ],
    [
      'after look-ups that were refused at first',
      now - 5 * hour,
      now - 4 * hour,
      now - 30 * minute,
      'unproven',
    ],
    ['nothing else for a day', now - 2 * day, now - day, now - 30 * minute, 'believed'],
    ['for a day, with a create since', now - hour, now - day, now - 30 * minute, 'absent'],
    ['not known when it was sent', null, now - day + minute, now - minute, 'unproven'],
    ['not known when it was sent, for a day', null, now - day, now - minute, 'believed'],
  ])('%s', (_, sentAtMs, absentSinceMs, lookedUpAtMs, expected) => {
    expect(absence(sentAtMs, absentSinceMs, lookedUpAtMs)).toBe(expected);
  });

  it('proves nothing where Graph offers no look-up, except within a minute', () => {
    expect(blindAbsenceOf(now - minute, now)).toBe('absent');
    expect(blindAbsenceOf(now - minute - 1, now)).toBe('blind');
    expect(blindAbsenceOf(null, now)).toBe('blind');
  });
});

it('takes a command first, because it is handled in the queue', () => {
  const known = { hasCommand: false, isPaused: false, isFrozen: false, hasQuota: true };
  expect(clearanceEventOf(known)).toBe('clear');
  expect(clearanceEventOf({ ...known, hasQuota: false })).toBe('noQuota');
  expect(clearanceEventOf({ ...known, hasQuota: false, isPaused: true })).toBe('paused');
  expect(clearanceEventOf({ ...known, isPaused: true, isFrozen: true })).toBe('frozen');
  expect(clearanceEventOf({ ...known, isFrozen: true, hasCommand: true })).toBe('command');
});
