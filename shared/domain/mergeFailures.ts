import type { BatchFailures, FailureCluster, FailureReason } from '../contracts/failure.ts';
import { maxExamples } from './clusterFailures.ts';
import { compareReasons } from './compareReasons.ts';
import { explainCode } from './errorCatalogue/explainCode.ts';

/** Codes that an answer shows one by one; what is less frequent stands in it as `OtherCodes`. */
const maxReasons = 100;

/** A migration's failures; `failureSummary` is one line such as `37 users, 3 reasons`. */
export interface MigrationFailures {
  readonly failures: FailureCluster[];
  readonly failureSummary: string;
}

/** The failures of several batches as one, explained. A task is in one batch only, so numbers add up. Null stands for none so far. */
export function mergeFailures(batches: readonly (BatchFailures | null)[]): MigrationFailures {
  const recorded = batches.filter((batch) => batch !== null);
  const users = recorded.reduce((sum, batch) => sum + batch.users, 0);
  const reasons = recorded.flatMap((batch) => batch.reasons);
  const all = added(reasons, (code) => code);
  const frequent = new Set(all.slice(0, maxReasons).map(({ code }) => code));
  const failures = (
    all.length === frequent.size
      ? all
      : added(reasons, (code) => (frequent.has(code) ? code : 'OtherCodes'))
  )
    // Whoever has two codes that were put together was counted twice.
    .map((reason) => ({
      ...explainCode(reason.code),
      ...reason,
      users: Math.min(reason.users, users),
    }));
  return { failures, failureSummary: summaryOf(users, failures) };
}

function added(
  reasons: readonly FailureReason[],
  nameOf: (code: string) => string,
): FailureReason[] {
  const sums = new Map<string, FailureReason>();
  for (const reason of reasons) {
    const code = nameOf(reason.code);
    const before = sums.get(code);
    sums.set(code, {
      code,
      users: (before?.users ?? 0) + reason.users,
      services: [...new Set([...(before?.services ?? []), ...reason.services])].sort(),
      exampleTaskIds: [
        ...new Set([...(before?.exampleTaskIds ?? []), ...reason.exampleTaskIds]),
      ].slice(0, maxExamples),
    });
  }
  return [...sums.values()].sort(compareReasons);
}

function summaryOf(users: number, failures: readonly FailureCluster[]): string {
  if (users === 0) return 'no user has failed';
  const tenantWide = failures.filter(({ scope }) => scope === 'tenant').length;
  const numbers = `${counted(users, 'user')}, ${counted(failures.length, 'reason')}`;
  return tenantWide === 0 ? numbers : `${numbers} (${String(tenantWide)} tenant-wide)`;
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
