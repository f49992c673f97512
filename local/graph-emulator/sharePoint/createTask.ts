import type { GraphAnswer, GraphRefusal } from '../graphAnswer.ts';
import type { Scenario } from '../scenario.ts';
import type { MappingBook } from './mappings.ts';
import type { MoveQueue } from './moveQueue.ts';
import { refusals, unprocessable } from './refusals.ts';
import { decreeOn } from './sharePointScenario.ts';
import { taskBody, taskContext, validationBody } from './taskBody.ts';
import type { TaskBook } from './taskBook.ts';
import {
  principalNameOf,
  sourceOf,
  type TaskParameters,
  taskParametersOf,
  type TaskSource,
} from './taskParameters.ts';

/** What a create or validation is checked against. */
export interface SourceCheck {
  readonly parameters: TaskParameters;
  readonly source: TaskSource;
  readonly sourceTenantId: string;
  readonly nowMs: number;
  readonly tasks: TaskBook;
  readonly mappings: MappingBook;
  readonly scenario: Scenario;
}

/** Why a source cannot be moved, as create and validation say it. Writes down that a decree took effect. */
export function findRefusal(check: SourceCheck): GraphRefusal | undefined {
  const { switches } = check.scenario.sharePoint;
  if (switches.sameFarm) return refusals.sameFarm();
  if (switches.noTrust) return refusals.noTrust();
  const decree = effective(check, 'refused');
  if (decree?.refused !== undefined) return refusals[decree.refused]();
  return switches.demandIdentityMap ? identityMapRefusal(check) : undefined;
}

/** What only a validation finds: create would let it pass, and the move fail. Writes down that a decree took effect. */
export function findInvalid(check: SourceCheck): GraphRefusal | undefined {
  const invalid = effective(check, 'invalid')?.invalid;
  return invalid === undefined
    ? undefined
    : unprocessable(invalid.code, invalid.message, invalid.target);
}

function effective(
  { source, sourceTenantId, nowMs, tasks, scenario }: SourceCheck,
  what: 'refused' | 'invalid',
) {
  const times = tasks.timesFoundWrong(sourceTenantId, source.key, what);
  const decree = decreeOn(
    source.names,
    scenario.sharePoint,
    (candidate) => candidate[what] !== undefined && times < (candidate[`${what}Times`] ?? Infinity),
  );
  if (decree !== undefined)
    tasks.add({ kind: 'foundWrong', sourceTenantId, sourceKey: source.key, what, atMs: nowMs });
  return decree;
}

// A group's map entry is found by its object id only, and a task names the group by its mail nickname: groups are let pass.
function identityMapRefusal({
  parameters,
  mappings,
  scenario,
}: SourceCheck): GraphRefusal | undefined {
  if (parameters['@odata.type'] !== '#microsoft.graph.sharePointUserMigrationTaskParameters')
    return undefined;
  const { directory } = scenario.sharePoint;
  const sourceName = principalNameOf(parameters.sourceUserIdentity, directory);
  const mappedTo = sourceName === undefined ? undefined : mappings.targetUser(sourceName);
  if (mappedTo === undefined) return refusals.noIdentityMapEntry();
  const targetName = principalNameOf(parameters.targetUserIdentity, directory);
  return targetName !== undefined && targetName.toLowerCase() !== mappedTo.toLowerCase()
    ? refusals.otherIdentityMapEntry()
    : undefined;
}

/** The books that the task operations work on. */
export interface TaskBooks {
  readonly tasks: TaskBook;
  readonly mappings: MappingBook;
  readonly queue: MoveQueue;
  readonly scenario: Scenario;
  readonly newId: () => string;
}

/**
 * Creates the task of a source, or answers with the one that has not ended yet; with validateOnly it only checks (Graph:
 * create or update sharePointMigrationTask). Throws a GraphRefusal.
 */
export function createTask(
  body: unknown,
  books: TaskBooks,
  sourceTenantId: string,
  nowMs: number,
): GraphAnswer {
  const { tasks, queue, scenario } = books;
  const { switches, directory } = scenario.sharePoint;
  const parameters = taskParametersOf(body);
  const source = sourceOf(parameters, directory);
  const check = { ...books, parameters, source, sourceTenantId, nowMs };
  const refusal = findRefusal(check);
  if (parameters.validateOnly === true) {
    const found = refusal ?? findInvalid(check);
    if (found !== undefined && !switches.failedValidationAnswersOk) throw found;
    const fault = found === undefined ? undefined : (found.details[0] ?? found);
    return { status: 200, body: validationBody(parameters, scenario.sharePoint, fault) };
  }
  if (refusal !== undefined) throw refusal;

  const earlier = tasks.latest(sourceTenantId, source.key);
  if (earlier !== undefined && !tasks.isOver(earlier, nowMs)) {
    if (switches.refuseRepeatedCreate) throw refusals.alreadyMoving();
    return {
      status: 200,
      body: { '@odata.context': taskContext, ...taskBody(tasks, scenario, earlier, nowMs) },
    };
  }
  queue.admitTask(sourceTenantId, nowMs);
  const task = {
    id: books.newId(),
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
