import type { z } from 'zod';
import type { Command } from '../../shared/contracts/command.ts';
import { type BatchRef, batchRefSchema } from '../../shared/contracts/internal/batch.ts';
import type { handleSharePointCommandsResultSchema } from '../../shared/contracts/internal/sharePoint.ts';
import { openCommands } from '../../shared/domain/commands.ts';
import { pollingPolicy, sharePointPolicy } from '../../shared/domain/policies.ts';
import { hasFinalOutcome } from '../../shared/domain/polling.ts';
import type { ActivityServices } from '../activityServices.ts';
import { commandDefinitions } from '../commands/index.ts';
import { type CommandExecution, interpretCommands } from '../commands/interpretCommands.ts';
import { isSharePointTask } from './taskRow.ts';

const { seenAgainSeconds, longestCommandSeconds } = sharePointPolicy;

type OpenCommand = Command & { readonly isUnconfirmed: boolean };

const notSupported: CommandExecution = {
  verdict: 'refused',
  detail: 'this command is not supported for SharePoint migrations',
};

/**
 * Handles the commands for a SharePoint batch whose tasks are under way, oldest first and for all
 * tasks, and records the results. Any task may call it, also several at once: each step is safe to
 * repeat, and the first result stays, except `unconfirmed`, which is tried again at each call.
 * Returns `retryAfter` if a command has no result yet: the calling task then waits that long, and
 * no other task tries meanwhile unless a command arrives.
 */
export async function handleSharePointCommands(
  input: unknown,
  services: ActivityServices,
): Promise<z.infer<typeof handleSharePointCommandsResultSchema>> {
  const ref = batchRefSchema.parse(input);
  const { migrationId, batchId } = ref;
  const { stores, nowMs } = services;
  const { unconfirmed, pending } = openCommands(
    batchId,
    await stores.commands.readBatchLog(migrationId, batchId),
  );
  const open: readonly OpenCommand[] = [
    ...unconfirmed.map((command) => ({ ...command, isUnconfirmed: true })),
    ...pending.map((command) => ({ ...command, isUnconfirmed: false })),
  ];
  if (open.length === 0) return { kind: 'done', unconfirmed: false, askedSeconds: 0 };
  // One task tries for all; the others continue polling.
  if (!(await claimTry(open, ref, services)))
    return { kind: 'done', unconfirmed: true, askedSeconds: 0 };
  // The tasks under way when the last command was tried.
  let underWay = 0;
  const execute = async (command: Command): Promise<CommandExecution> => {
    const taskRows = (await stores.tasks.listBatch(migrationId, batchId)).filter(isSharePointTask);
    underWay = taskRows.filter((taskRow) => !hasFinalOutcome(taskRow)).length;
    const definition = commandDefinitions[command.kind];
    return (await definition.executeForSharePoint?.(command, taskRows, services)) ?? notSupported;
  };
  const { askedSeconds, isPostponed, isUnconfirmed } = await awaitSteps(
    interpretCommands<OpenCommand, Promise<CommandExecution>, CommandExecution>({
      commands: open,
      *execute(command) {
        return yield execute(command);
      },
      *record({ commandId }, result) {
        const decidedAt = new Date(nowMs()).toISOString();
        const { verdict, detail } = result;
        yield stores.commands
          .recordResult({ migrationId, batchId, commandId, verdict, detail, decidedAt })
          .then(() => result);
      },
      // A command that keeps its earlier result does not hold up later ones.
      holdsUp: (earlier, { verdict }) => verdict === 'postponed' && !earlier.isUnconfirmed,
    }),
  );
  await recordAskedWait(askedSeconds, ref, services);
  return isPostponed
    ? {
        kind: 'retryAfter',
        seconds: secondsUntilNextTry(open, underWay, nowMs()),
        askedSeconds,
      }
    : { kind: 'done', unconfirmed: isUnconfirmed, askedSeconds };
}

/** Awaits each step of a generator, and returns the value with which it ends. */
async function awaitSteps<StepResult, Value>(
  steps: Generator<Promise<StepResult>, Value, StepResult>,
): Promise<Value> {
  let step = steps.next();
  while (step.done !== true) step = steps.next(await step.value);
  return step.value;
}

/**
 * Records in the batch's row that its open commands are tried now. Returns false if the next try is
 * not due and no command has arrived since.
 */
async function claimTry(
  open: readonly Command[],
  { migrationId, batchId }: BatchRef,
  { stores, nowMs }: ActivityServices,
): Promise<boolean> {
  const atMs = nowMs();
  const at = new Date(atMs).toISOString();
  return stores.batches.change(migrationId, batchId, ({ commandTry: last, counts }) => {
    const isDue =
      last === null ||
      at >= last.untilAt ||
      (!last.isAsked && open.some(({ acceptedAt }) => acceptedAt >= last.at));
    if (!isDue) return undefined;
    const untilAt = new Date(
      atMs + secondsUntilNextTry(open, counts.pending + counts.unknown, atMs) * 1_000,
    ).toISOString();
    return { commandTry: { at, untilAt, isAsked: false } };
  });
}

/** Records in the batch's row that Graph asked to wait. */
async function recordAskedWait(
  askedSeconds: number,
  { migrationId, batchId }: BatchRef,
  { stores, nowMs }: ActivityServices,
): Promise<void> {
  if (askedSeconds === 0) return;
  const at = new Date(nowMs()).toISOString();
  await stores.batches.update(migrationId, batchId, {
    commandTry: {
      at,
      untilAt: new Date(nowMs() + askedSeconds * 1_000).toISOString(),
      isAsked: true,
    },
  });
}

/**
 * Returns the seconds until the next try: a tenth of the newest command's age, times more if many
 * tasks are asked about; at least 15 seconds, at most half an hour.
 */
function secondsUntilNextTry(open: readonly Command[], underWay: number, nowMs: number): number {
  const ageSeconds =
    (nowMs - Math.max(...open.map(({ acceptedAt }) => Date.parse(acceptedAt)))) / 1_000;
  return Math.min(
    Math.max(seenAgainSeconds, Math.min(longestCommandSeconds, ageSeconds / 10)) *
      Math.max(1, underWay / 2),
    pollingPolicy.longestCheckSeconds,
  );
}
