import type { GraphError, GraphResponse } from '../graphResponse.ts';
import type { Scenario } from '../scenario.ts';
import type { MappingStore } from './mappingStore.ts';
import type { MigrationQueue } from './migrationQueue.ts';
import { taskErrors, unprocessable } from './taskErrors.ts';
import { findSourceRule } from './sharePointScenario.ts';
import { taskBody, taskContext, validationBody } from './taskBody.ts';
import type { TaskStore } from './taskStore.ts';
import {
  principalNameOf,
  sourceOf,
  type TaskParameters,
  taskParametersOf,
  type TaskSource,
} from './taskParameters.ts';

/** The source of a create or validation, and what it is checked against. */
interface SourceCheck {
  readonly parameters: TaskParameters;
  readonly source: TaskSource;
  readonly sourceTenantId: string;
  readonly nowMs: number;
  readonly tasks: TaskStore;
  readonly mappings: MappingStore;
  readonly scenario: Scenario;
}

/** Returns the error with which both create and validation refuse a source. Records that a rule was applied. */
function findCreateError(check: SourceCheck): GraphError | undefined {
  const { switches } = check.scenario.sharePoint;
  if (switches.sameFarm) return taskErrors.sameFarm();
  if (switches.noTrust) return taskErrors.noTrust();
  const rule = applyRule(check, 'refused');
  if (rule?.refused !== undefined) return taskErrors[rule.refused]();
  return switches.demandIdentityMap ? identityMapError(check) : undefined;
}

/** Returns an error that only a validation finds. Records that a rule was applied. */
function findValidationError(check: SourceCheck): GraphError | undefined {
  const invalid = applyRule(check, 'invalid')?.invalid;
  return invalid === undefined
    ? undefined
    : unprocessable(invalid.code, invalid.message, invalid.target);
}

/** Returns the rule that applies to a source, and records it: a rule can be limited to a number of times. */
function applyRule(
  { source, sourceTenantId, nowMs, tasks, scenario }: SourceCheck,
  what: 'refused' | 'invalid',
) {
  const times = tasks.countErrors(sourceTenantId, source.key, what);
  const rule = findSourceRule(
    source.names,
    scenario.sharePoint,
    (candidate) => candidate[what] !== undefined && times < (candidate[`${what}Times`] ?? Infinity),
  );
  if (rule !== undefined)
    tasks.add({ kind: 'foundWrong', sourceTenantId, sourceKey: source.key, what, atMs: nowMs });
  return rule;
}

// Groups are not checked: a group's mapping is found by its object id, and a task names the group by its mail nickname.
function identityMapError({ parameters, mappings, scenario }: SourceCheck): GraphError | undefined {
  if (parameters['@odata.type'] !== '#microsoft.graph.sharePointUserMigrationTaskParameters')
    return undefined;
  const { directory } = scenario.sharePoint;
  const sourceName = principalNameOf(parameters.sourceUserIdentity, directory);
  const mappedTo = sourceName === undefined ? undefined : mappings.targetUser(sourceName);
  if (mappedTo === undefined) return taskErrors.noIdentityMapEntry();
  const targetName = principalNameOf(parameters.targetUserIdentity, directory);
  return targetName !== undefined && targetName.toLowerCase() !== mappedTo.toLowerCase()
    ? taskErrors.otherIdentityMapEntry()
    : undefined;
}

/** The state that the task operations work on. */
export interface SharePointStores {
  readonly tasks: TaskStore;
  readonly mappings: MappingStore;
  readonly queue: MigrationQueue;
  readonly scenario: Scenario;
  readonly newId: () => string;
}

/**
 * Creates the task of a source (Graph: create or update sharePointMigrationTask). Returns the existing task while it has not
 * ended. With `validateOnly` it only checks the source. Throws a GraphError.
 */
export function createTask(
  body: unknown,
  stores: SharePointStores,
  sourceTenantId: string,
  nowMs: number,
): GraphResponse {
  const { tasks, queue, scenario } = stores;
  const { switches, directory } = scenario.sharePoint;
  const parameters = taskParametersOf(body);
  const source = sourceOf(parameters, directory);
  const check = { ...stores, parameters, source, sourceTenantId, nowMs };
  const createError = findCreateError(check);
  if (parameters.validateOnly === true) {
    const found = createError ?? findValidationError(check);
    if (found !== undefined && !switches.failedValidationReturnsOk) throw found;
    const error = found === undefined ? undefined : (found.details[0] ?? found);
    return { status: 200, body: validationBody(parameters, scenario.sharePoint, error) };
  }
  if (createError !== undefined) throw createError;

  const earlier = tasks.latest(sourceTenantId, source.key);
  if (earlier !== undefined && !tasks.hasEnded(earlier, nowMs)) {
    if (switches.refuseRepeatedCreate) throw taskErrors.alreadyMoving();
    return {
      status: 200,
      body: { '@odata.context': taskContext, ...taskBody(tasks, scenario, earlier, nowMs) },
    };
  }
  queue.admitTask(sourceTenantId, nowMs);
  const task = {
    id: stores.newId(),
    sourceTenantId,
    sourceKey: source.key,
    ordinal: (earlier?.task.ordinal ?? 0) + 1,
    createdMs: nowMs,
    parameters,
  };
  tasks.add({ kind: 'created', task });
  return {
    status: 200,
    body: { '@odata.context': taskContext, ...taskBody(tasks, scenario, { task }, nowMs) },
    effect: `createTask ${task.id}`,
  };
}
