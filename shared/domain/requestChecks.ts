import type { ProblemField } from '../contracts/problem.ts';
import type { IdentityMappings, ReadableRequest, SharePointRequest } from '../contracts/request.ts';
import { parameterTypes, type SharePointParameters } from '../contracts/sharePointParameters.ts';
import { sourceKey } from './sharePoint.ts';

/**
 * Yields an error for every entry of `list` whose key an earlier entry has. `noun` names what the
 * key stands for. Null keys are skipped.
 */
export function* duplicates(
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
        message: `is the same ${noun} as ${list}[${String(first)}]; name every ${noun} once`,
      };
  }
}

/**
 * Checks the rules of a users request that its schema cannot express: every user once, `Meeting`
 * only with `Teams` and `Exchange` (Migration Orchestrator: the batch would not start), `Exchange`
 * with its settings (Graph: create), and a cutover in the future. Returns every invalid field.
 */
export function checkRequest(request: ReadableRequest, nowMs: number): readonly ProblemField[] {
  return [
    ...duplicates(
      'users',
      'user',
      request.users.map((user) => user?.targetUserId ?? null),
    ),
    ...duplicateWorkloads(request),
    ...workloadRules(request),
    ...cutoverDate(request, nowMs),
  ];
}

function* duplicateWorkloads({ workloads }: ReadableRequest): Generator<ProblemField> {
  for (const [index, workload] of workloads.entries()) {
    if (workload !== null && workloads.indexOf(workload) !== index) {
      yield {
        path: `workloads[${String(index)}]`,
        message: `${workload} is repeated; name every workload once`,
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
        message: `Meeting needs ${missing.join(' and ')} in the same request; add ${missing.length > 1 ? 'them' : 'it'} or remove Meeting`,
      };
    }
  }
  if (workloads.includes('Exchange') && exchangeSettings === undefined) {
    yield {
      path: 'exchangeSettings',
      message:
        'is required for the workload Exchange: give sourceEndpoint and targetDeliveryDomain',
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
      message: 'must be in the future; omit it to cut over as soon as the mailboxes are in sync',
    };
  }
}

/**
 * Checks the rules of a SharePoint request that its schema cannot express: every source once, a
 * target for each task, a possible latest start (Graph: sharePointMigrationTaskParameters), the
 * configured source tenant, and identity mappings that Graph can find. Returns every invalid field.
 * @param sourceTenantId the configured source tenant, or undefined
 */
export function checkSharePointRequest(
  request: SharePointRequest,
  sourceTenantId: string | undefined,
  nowMs: number,
): readonly ProblemField[] {
  return [
    ...sourceTenant(request, sourceTenantId),
    ...request.tasks.flatMap((task, index) => [
      ...startDates(task, `tasks[${String(index)}]`, nowMs),
      ...targetOrganization(task, `tasks[${String(index)}]`),
    ]),
    ...duplicateSources(request),
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
      message: 'sharePoint needs a configured source tenant: set SOURCE_TENANT_ID',
    };
  } else if (request.sourceTenantId !== undefined && request.sourceTenantId !== configured) {
    yield {
      path: 'sourceTenantId',
      message: 'is not the source tenant that the app is configured for; omit it or correct it',
    };
  }
}

function* startDates(
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
      message: 'must be in the future: Graph would cancel the task at once',
    };
  }
}

function* targetOrganization(
  { targetOrganizationHost, targetOrganizationId }: SharePointParameters,
  path: string,
): Generator<ProblemField> {
  if (targetOrganizationHost === undefined && targetOrganizationId === undefined) {
    yield {
      path: `${path}.targetOrganizationHost`,
      message: 'is missing: give targetOrganizationHost or targetOrganizationId',
    };
  }
}

function* duplicateSources({
  tasks,
  identityMappings,
}: SharePointRequest): Generator<ProblemField> {
  yield* duplicates('tasks', 'source', tasks.map(sourceKey));
  yield* duplicates(
    'identityMappings.users',
    'source',
    (identityMappings?.users ?? []).map(({ sourceUserIdentity }) =>
      sourceUserIdentity.userPrincipalName.toLowerCase(),
    ),
  );
  yield* duplicates(
    'identityMappings.groups',
    'source',
    (identityMappings?.groups ?? []).map(({ sourceGroupIdentity }) => sourceGroupIdentity.id),
  );
}

// Graph finds the mapping of a user only by principal name, and that of a group only by object id.
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
        message: 'is required with checkIdentityMappings, because Graph finds the mapping by it',
      };
    }
    if (
      task['@odata.type'] === parameterTypes.group &&
      groupIdOf(task.targetGroupIdentity.mailNickname, identityMappings) === undefined
    ) {
      yield {
        path: `${path}.targetGroupIdentity.mailNickname`,
        message:
          'needs a mapping in identityMappings.groups with this targetGroupMigrationData.mailNickname, because checkIdentityMappings is set and Graph finds the mapping by its source group id',
      };
    }
  }
}

/**
 * Returns the object id of the source group whose mapping in the request has this target, or
 * undefined.
 */
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
