import type { ProblemField } from '../contracts/problem.ts';
import type { ReadableRequest } from '../contracts/usersRequest.ts';
import { repeated } from './repeated.ts';

/**
 * What the shape of a request cannot say: every user once, `Meeting` only with `Teams` and `Exchange` (Migration
 * Orchestrator: the batch would not start), Exchange with its settings (Graph: create), a cutover in the future.
 * Returns every bad field; an empty list means that the request is good.
 */
export function checkRequest(request: ReadableRequest, nowMs: number): readonly ProblemField[] {
  return [
    ...repeated(
      'users',
      'user',
      request.users.map((user) => user?.targetUserId ?? null),
    ),
    ...workloadsTwice(request),
    ...workloadRules(request),
    ...cutoverDate(request, nowMs),
  ];
}

function* workloadsTwice({ workloads }: ReadableRequest): Generator<ProblemField> {
  for (const [index, workload] of workloads.entries()) {
    if (workload !== null && workloads.indexOf(workload) !== index) {
      yield {
        path: `workloads[${String(index)}]`,
        message: `${workload} is there already; name every workload once`,
      };
    }
  }
}

function* workloadRules({ workloads, exchangeSettings }: ReadableRequest): Generator<ProblemField> {
  if (workloads.includes('Meeting')) {
    const missing = (['Teams', 'Exchange'] as const).filter(
      (workload) => !workloads.includes(workload),
    );
    if (missing.length > 0) {
      yield {
        path: 'workloads',
        message: `Meeting needs ${missing.join(' and ')} in the same request; add ${missing.length > 1 ? 'them' : 'it'} or leave Meeting out`,
      };
    }
  }
  if (workloads.includes('Exchange') && exchangeSettings === undefined) {
    yield {
      path: 'exchangeSettings',
      message:
        'needed when Exchange is among the workloads: give sourceEndpoint and targetDeliveryDomain',
    };
  }
}

function* cutoverDate(
  { completeAfterDateTime }: ReadableRequest,
  nowMs: number,
): Generator<ProblemField> {
  if (completeAfterDateTime !== undefined && Date.parse(completeAfterDateTime) <= nowMs) {
    yield {
      path: 'completeAfterDateTime',
      message:
        'must be in the future; leave it out to cut over as soon as the mailboxes are in sync',
    };
  }
}
