import type { GraphAnswer } from '../graphAnswer.ts';
import { findInvalid, findRefusal } from './checkSource.ts';
import type { MappingBook } from './mappingBook.ts';
import type { MoveQueue } from './moveQueue.ts';
import { refusals } from './refusals.ts';
import type { Scenario } from '../scenario.ts';
import { taskBody, taskContext, validationBody } from './taskBody.ts';
import type { TaskBook } from './taskBook.ts';
import { taskParametersOf } from './taskParameters.ts';
import { sourceOf } from './taskSource.ts';

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
