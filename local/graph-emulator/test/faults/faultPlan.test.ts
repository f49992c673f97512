import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../temporaryDir.ts';
import { allFaultKinds, faultCells, faultKinds } from '../../faults/faultKinds.ts';
import { FaultPlanError, faultPlanSchema, readFaultPlan } from '../../faults/faultPlan.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryDir();
});

const written = (plan: unknown): string => {
  const file = join(folder, 'faults.json');
  writeFileSync(file, typeof plan === 'string' ? plan : JSON.stringify(plan));
  return file;
};

describe('a fault plan', () => {
  it('may be empty', () => {
    expect(readFaultPlan(written({}))).toEqual({ seed: 1, faults: [] });
  });

  it('has defaults for what a kind leaves open', () => {
    expect(
      readFaultPlan(written({ seed: 9, faults: [{ kind: 'throttledSeconds', rate: 0.1 }] })),
    ).toEqual({
      seed: 9,
      faults: [
        { kind: 'throttledSeconds', rate: 0.1, times: 1, retryAfterSeconds: 30, scope: 'call' },
      ],
    });
  });

  it.each([
    ['unknown kinds', { kind: 'gremlins', rate: 1 }, /faults\.0\.kind: Invalid/],
    [
      'unknown members',
      { kind: 'error500', rate: 1, effect: 'after', colour: 'red' },
      /faults\.0: Unrecognized key: "colour"/,
    ],
    [
      'members of other kinds',
      { kind: 'forbidden', rate: 1, pauseMs: 5 },
      /Unrecognized key: "pauseMs"/,
    ],
    ['rates above 1', { kind: 'forbidden', rate: 5 }, /faults\.0\.rate: /],
    [
      'no rate and no occurrence',
      { kind: 'forbidden' },
      /faults\.0\.rate: set a rate, an occurrence, or both/,
    ],
    [
      'an occurrence without an operation',
      { kind: 'forbidden', occurrence: 2 },
      /faults\.0\.operation: an occurrence needs an operation/,
    ],
    [
      'an operation to which a kind does not apply',
      { kind: 'usersMissing', rate: 1, operation: 'createJob' },
      /faults\.0\.operation: usersMissing does not apply to createJob, only to listTasks/,
    ],
    [
      'unknown operations',
      { kind: 'error500', effect: 'before', rate: 1, operation: 'makeCoffee' },
      /faults\.0\.operation: Invalid option/,
    ],
    [
      'no effect where both are possible',
      { kind: 'connectionReset', rate: 1 },
      /faults\.0\.effect: /,
    ],
    [
      'a Retry-After above a day',
      { kind: 'throttledSeconds', rate: 1, retryAfterSeconds: 86_401 },
      /faults\.0\.retryAfterSeconds: /,
    ],
    [
      'a duration without an occurrence',
      { kind: 'refused', rate: 1, forSeconds: 60 },
      /faults\.0\.forSeconds: forSeconds needs an occurrence/,
    ],
    ['an unknown status', { kind: 'refused', rate: 1, status: 418 }, /faults\.0\.status: /],
    [
      'an invalid instant',
      { kind: 'forbidden', rate: 1, from: 'tomorrow' },
      /faults\.0\.from: must be an instant like/,
    ],
    [
      'an invalid tenant',
      { kind: 'forbidden', rate: 1, tenantId: 'contoso' },
      /faults\.0\.tenantId: Invalid GUID/,
    ],
  ])('is refused for %s', (_, fault, message) => {
    const file = written({ faults: [fault] });
    expect(() => readFaultPlan(file)).toThrow(FaultPlanError);
    expect(() => readFaultPlan(file)).toThrow(message);
  });

  it('is refused by its file name when it is missing or not JSON', () => {
    expect(() => readFaultPlan('/nowhere/faults.json')).toThrow(
      /Cannot read the fault plan \/nowhere\/faults\.json: ENOENT/,
    );
    expect(() => readFaultPlan(written('{'))).toThrow(
      /Cannot read the fault plan .*faults\.json: /,
    );
  });

  it('accepts every kind of fault for every operation to which it applies', () => {
    const faults = allFaultKinds.flatMap((kind) =>
      faultKinds[kind].operations.flatMap((operation) =>
        faultKinds[kind].effects.map((effect) => ({
          kind,
          operation,
          occurrence: 1,
          ...(faultKinds[kind].effects.length === 1 ? {} : { effect }),
        })),
      ),
    );
    expect(faultPlanSchema.safeParse({ faults }).error).toBeUndefined();
  });
});

describe('what can be covered', () => {
  it('is every kind × operation × effect, without an effect for reads', () => {
    const cells = faultCells(['createJob', 'getJob', 'listTasks']);
    expect(cells).toContainEqual({
      kind: 'connectionReset',
      operation: 'createJob',
      effect: 'before',
    });
    expect(cells).toContainEqual({
      kind: 'connectionReset',
      operation: 'createJob',
      effect: 'after',
    });
    expect(
      cells.filter(({ kind, operation }) => kind === 'connectionReset' && operation === 'getJob'),
    ).toEqual([{ kind: 'connectionReset', operation: 'getJob', effect: null }]);
    expect(cells.filter(({ kind }) => kind === 'usersMissing')).toEqual([
      { kind: 'usersMissing', operation: 'listTasks', effect: null },
    ]);
    expect(faultCells().some(({ operation }) => operation === 'requestToken')).toBe(false);
  });
});
