import type { ProblemField } from '../contracts/problem.ts';
import type { IdentityMappings, ReadableRequest, SharePointRequest } from '../contracts/request.ts';
import { parameterTypes, type SharePointParameters } from '../contracts/sharePointParameters.ts';
import { sourceKey } from './sharePoint.ts';

/** A bad field for every entry of `list` whose key an earlier one has; `noun` is what two entries have in common. Null keys are passed over. */
export function* repeated(
  list: string,
  noun: string,
  keys: Iterable<string | null>,
): Generator<ProblemField> {
  const firstIndex = new Map<string, number>();
  let index = -1;
  for (const key of keys) {
    index += 1;
    if (key === null) continue;
    const first = firstIndex.get(key);
    if (first === undefined) firstIndex.set(key, index);
    else
      yield {
        path: `${list}[${String(index)}]`,
        message: `the same ${noun} as ${list}[${String(first)}]; name every ${noun} once`,
      };
  }
}

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

/**
 * What the shape of a SharePoint request cannot say: every source once, a target for each task, a latest start that can be
 * kept (Graph: sharePointMigrationTaskParameters), the tenant that the app is set up for, and mappings that can be looked
 * up. Returns every bad field.
 * @param sourceTenantId the configured source tenant, undefined when there is none
 */
export function checkSharePointRequest(
  request: SharePointRequest,
  sourceTenantId: string | undefined,
  nowMs: number,
): readonly ProblemField[] {
  return [
    ...sourceTenant(request, sourceTenantId),
    ...request.tasks.flatMap((task, index) => [
      ...dates(task, `tasks[${String(index)}]`, nowMs),
      ...place(task, `tasks[${String(index)}]`),
    ]),
    ...twice(request),
    ...mappings(request),
  ];
}

function* sourceTenant(
  request: SharePointRequest,
  configured: string | undefined,
): Generator<ProblemField> {
  if (configured === undefined) {
    yield {
      path: 'kind',
      message: 'sharePoint needs an app that is set up for a source tenant: set SOURCE_TENANT_ID',
    };
  } else if (request.sourceTenantId !== undefined && request.sourceTenantId !== configured) {
    yield {
      path: 'sourceTenantId',
      message: 'is not the source tenant that the app is set up for; leave it out or correct it',
    };
  }
}

function* dates(
  { preferredStartDateTime, preferredLatestStartDateTime }: SharePointParameters,
  path: string,
  nowMs: number,
): Generator<ProblemField> {
  if (preferredLatestStartDateTime === undefined) return;
  const latestMs = Date.parse(preferredLatestStartDateTime);
  if (preferredStartDateTime !== undefined && latestMs <= Date.parse(preferredStartDateTime)) {
    yield {
      path: `${path}.preferredLatestStartDateTime`,
      message: 'must be later than preferredStartDateTime',
    };
  } else if (latestMs <= nowMs) {
    yield {
      path: `${path}.preferredLatestStartDateTime`,
      message: 'has passed: the task would be cancelled at once',
    };
  }
}

function* place(
  { targetOrganizationHost, targetOrganizationId }: SharePointParameters,
  path: string,
): Generator<ProblemField> {
  if (targetOrganizationHost === undefined && targetOrganizationId === undefined) {
    yield {
      path: `${path}.targetOrganizationHost`,
      message: 'is missing: give it, or targetOrganizationId',
    };
  }
}

function* twice({ tasks, identityMappings }: SharePointRequest): Generator<ProblemField> {
  yield* repeated('tasks', 'source', tasks.map(sourceKey));
  yield* repeated(
    'identityMappings.users',
    'source',
    (identityMappings?.users ?? []).map(({ sourceUserIdentity }) =>
      sourceUserIdentity.userPrincipalName.toLowerCase(),
    ),
  );
  yield* repeated(
    'identityMappings.groups',
    'source',
    (identityMappings?.groups ?? []).map(({ sourceGroupIdentity }) => sourceGroupIdentity.id),
  );
}

/** Graph finds a user's mapping by principal name and a group's by object id only, so not every mapping can be looked up. */
function* mappings({
  tasks,
  checkIdentityMappings,
  identityMappings,
}: SharePointRequest): Generator<ProblemField> {
  if (!checkIdentityMappings) return;
  for (const [index, task] of tasks.entries()) {
    const path = `tasks[${String(index)}]`;
    if (
      task['@odata.type'] === parameterTypes.user &&
      task.sourceUserIdentity.userPrincipalName === undefined
    ) {
      yield {
        path: `${path}.sourceUserIdentity.userPrincipalName`,
        message: 'is needed with checkIdentityMappings: Graph finds a mapping by it',
      };
    }
    if (
      task['@odata.type'] === parameterTypes.group &&
      groupIdOf(task.targetGroupIdentity.mailNickname, identityMappings) === undefined
    ) {
      yield {
        path: `${path}.targetGroupIdentity.mailNickname`,
        message:
          'with checkIdentityMappings, identityMappings.groups must have the mapping whose targetGroupMigrationData.mailNickname is this: Graph finds it by the object id of its source',
      };
    }
  }
}

/** The source group's object id, by which the mapping of a group task is found: that of the request's mapping with the task's target. */
export function groupIdOf(
  targetMailNickname: string,
  mappings: IdentityMappings | undefined,
): string | undefined {
  const wanted = targetMailNickname.toLowerCase();
  return mappings?.groups.find(
    ({ targetGroupMigrationData }) =>
      targetGroupMigrationData?.mailNickname.toLowerCase() === wanted,
  )?.sourceGroupIdentity.id;
}
