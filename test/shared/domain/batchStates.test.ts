import { describe, expect, it } from 'vitest';
import {
  type BatchState,
  batchStates,
  inEveryState,
  nextBatchState,
  recordedValidationEvent,
  refusedMigrateEvent,
  validationEvent,
} from '../../../shared/domain/batchStates.ts';
import { jobStatuses } from '../../../shared/domain/lifecycle.ts';

const states = Object.keys(batchStates) as BatchState[];

/** Every row of the table: what follows in a state, and where it leads. */
const rows: readonly [BatchState, string, BatchState | 'ended'][] = [
  ['start', 'finished', 'ended'],
  ['start', 'previousJob', 'clearPrevious'],
  ['start', 'job', 'validate'],
  ['start', 'jobUnknown', 'findJob'],
  ['start', 'noJob', 'clearCreate'],
  ['findJob', 'previousFound', 'clearPrevious'],
  ['findJob', 'found', 'validate'],
  ['findJob', 'notFound', 'clearCreate'],
  ['clearPrevious', 'cleared', 'readPrevious'],
  ['clearPrevious', 'stopped', 'ended'],
  ['readPrevious', 'skipped', 'migrateAgain'],
  ['readPrevious', 'notStarted', 'migrateAgain'],
  ['readPrevious', 'over', 'recordUnknown'],
  ['readPrevious', 'underWay', 'watchEnd'],
  ['readPrevious', 'gone', 'clearCreate'],
  ['recordUnknown', 'recorded', 'migrateAgain'],
  ['recordUnknown', 'allRecorded', 'ended'],
  ['migrateAgain', 'skipped', 'releaseUsers'],
  ['migrateAgain', 'refused', 'releaseUsers'],
  ['migrateAgain', 'frozen', 'clearMigrateAgain'],
  ['migrateAgain', 'accepted', 'watchEnd'],
  ['clearMigrateAgain', 'cleared', 'migrateAgain'],
  ['clearMigrateAgain', 'stopped', 'ended'],
  ['releaseUsers', 'released', 'recordPrevious'],
  ['releaseUsers', 'gone', 'clearCreate'],
  ['releaseUsers', 'underWay', 'watchEnd'],
  ['recordPrevious', 'recorded', 'clearCreate'],
  ['clearCreate', 'cleared', 'create'],
  ['clearCreate', 'stopped', 'ended'],
  ['create', 'created', 'validate'],
  ['create', 'noUsers', 'ended'],
  ['create', 'stopped', 'ended'],
  ['validate', 'sent', 'watchValidation'],
  ['watchValidation', 'validated', 'recordValidation'],
  ['watchValidation', 'onlyValidated', 'recordValidateOnly'],
  ['watchValidation', 'unwanted', 'cancelUnwanted'],
  ['watchValidation', 'selfStarted', 'clearSelfStarted'],
  ['watchValidation', 'over', 'watchEnd'],
  ['recordValidation', 'valid', 'clearMigrate'],
  ['recordValidation', 'invalid', 'replaceJob'],
  ['recordValidation', 'held', 'hold'],
  ['hold', 'revalidate', 'revalidate'],
  ['hold', 'continueWithout', 'replaceJob'],
  ['hold', 'newJob', 'replaceJob'],
  ['hold', 'stopped', 'cancelStopped'],
  ['revalidate', 'sent', 'watchValidation'],
  ['replaceJob', 'cancelled', 'clearCreate'],
  ['replaceJob', 'underWay', 'watchEnd'],
  ['clearMigrate', 'cleared', 'migrate'],
  ['clearMigrate', 'stopped', 'cancelStopped'],
  ['migrate', 'accepted', 'watchEnd'],
  ['migrate', 'frozen', 'recordValidation'],
  ['migrate', 'validating', 'watchValidation'],
  ['migrate', 'expired', 'renew'],
  ['migrate', 'refused', 'watchEnd'],
  ['renew', 'accepted', 'watchValidation'],
  ['renew', 'refused', 'replaceJob'],
  ['clearSelfStarted', 'cleared', 'watchEnd'],
  ['clearSelfStarted', 'stopped', 'cancelStopped'],
  ['cancelStopped', 'cancelled', 'recordEnd'],
  ['cancelStopped', 'underWay', 'watchEnd'],
  ['watchEnd', 'over', 'recordEnd'],
  ['recordEnd', 'recorded', 'ended'],
  ['cancelUnwanted', 'cancelled', 'recordValidateOnly'],
  ['cancelUnwanted', 'underWay', 'watchEnd'],
  ['recordValidateOnly', 'recorded', 'cancelValidated'],
  ['cancelValidated', 'cancelled', 'ended'],
  ['cancelValidated', 'underWay', 'ended'],
  ['reopenUsers', 'reopened', 'clearCreate'],
];

describe('the chain of a batch', () => {
  it.each(rows)('%s, %s → %s', (state, event, next) => {
    expect(nextBatchState(state, event)).toBe(next);
  });

  it('has no other rows', () => {
    const all = states.flatMap((state) =>
      Object.keys(batchStates[state].on).map((event) => `${state}, ${event}`),
    );
    expect(all.toSorted()).toEqual(rows.map(([state, event]) => `${state}, ${event}`).toSorted());
  });

  it.each(states)('ends in %s when Graph does not show the job or its users', (state) => {
    expect(nextBatchState(state, 'outOfSight')).toBe('ended');
    expect(nextBatchState(state, 'notRecorded')).toBe('ended');
    expect(nextBatchState(state, 'goneForRetry')).toBe('reopenUsers');
  });

  it('knows no other events', () => {
    expect(() => nextBatchState('create', 'cancelled')).toThrow('the state create has no event');
  });

  it('comes from its start to every state, and from every state to its end', () => {
    const reachable = (from: string): ReadonlySet<string> => {
      const seen = new Set([from]);
      for (const state of seen)
        for (const [source, , next] of rows) if (source === state) seen.add(next);
      return seen;
    };
    const fromStart = reachable('start');
    expect(states.filter((state) => !fromStart.has(state))).toEqual([inEveryState.goneForRetry]);
    expect(states.filter((state) => !reachable(state).has('ended'))).toEqual([]);
  });

  it('migrates only after a checkpoint that follows a recorded validation', () => {
    const before = (state: string): string[] =>
      rows.filter(([, , next]) => next === state).map(([source]) => source);
    expect(before('migrate')).toEqual(['clearMigrate']);
    expect(before('clearMigrate')).toEqual(['recordValidation']);
    expect(before('create')).toEqual(['clearCreate']);
    expect(before('migrateAgain').toSorted()).toEqual([
      'clearMigrateAgain',
      'readPrevious',
      'readPrevious',
      'recordUnknown',
    ]);
  });
});

const ends = { cuttingOver: 'over', completed: 'over', cancelled: 'over', failed: 'over' };

describe('the end of a validation', () => {
  it.each(
    Object.entries({
      ...ends,
      validatePassed: 'validated',
      validateFailed: 'validated',
      processing: 'selfStarted',
      inProgress: 'selfStarted',
      adminActionRequired: 'selfStarted',
    }),
  )('with %s is %s', (status, event) => {
    expect(validationEvent(status, { validateOnly: false })).toBe(event);
  });

  it.each(jobStatuses)(
    'with %s is unwanted only if a job migrates that was to be validated',
    (s) => {
      const migrates = ['processing', 'inProgress', 'cuttingOver', 'adminActionRequired'].includes(
        s,
      );
      expect(validationEvent(s, { validateOnly: true })).toBe(
        migrates ? 'unwanted' : 'onlyValidated',
      );
    },
  );

  it.each([
    ['validatePassed', false, 'valid'],
    ['validatePassed', true, 'valid'],
    ['validateFailed', false, 'invalid'],
    ['validateFailed', true, 'held'],
  ])('with %s, recorded (hold: %s), is %s', (status, hold, event) => {
    expect(recordedValidationEvent(status, { hold })).toBe(event);
  });
});

it.each([
  ['frozen', 'frozen'],
  ['validatePassed', 'expired'],
  ['validateSubmitted', 'validating'],
  ['validateProcessing', 'validating'],
  ['validateInProgress', 'validating'],
  ['validateFailed', 'validating'],
  ['submitted', 'refused'],
  ['cancelled', 'refused'],
  ['pendingCancel', 'refused'],
  ['gone', 'refused'],
  ['inventedByGraph', 'refused'],
])('a job that refuses migrate in %s is %s', (status, event) => {
  expect(refusedMigrateEvent(status)).toBe(event);
});
