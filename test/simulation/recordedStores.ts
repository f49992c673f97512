import type { Batch, Migration } from '../../shared/contracts/migration.ts';
import type { Task } from '../../shared/contracts/task.ts';
import type { Stores } from '../../shared/storage/stores.ts';
import { batchKeyOf, type Ledger } from './ledger.ts';

/** The stores, with every write that a promise is about written down in the ledger at the instant at which it happens. */
export function recordedStores(stores: Stores, ledger: Ledger, nowMs: () => number): Stores {
  const batchChanged = (
    migrationId: string,
    batchId: string,
    { phase, jobId }: Partial<Batch>,
  ): void => {
    const key = batchKeyOf(migrationId, batchId);
    if (typeof jobId === 'string')
      ledger.ownedJobs.set(key, (ledger.ownedJobs.get(key) ?? new Set()).add(jobId));
    if (phase === undefined) return;
    ledger.note(`batch ${key} is ${phase}`);
    ledger.onPhase(migrationId, phase);
  };
  const migrationChanged = (
    migrationId: string,
    { phase, finishedAt }: Partial<Migration>,
  ): void => {
    if (phase !== undefined) ledger.note(`migration ${migrationId} is ${phase}`);
    if (typeof finishedAt === 'string') ledger.onPhase(migrationId, 'ended');
  };
  return {
    ...stores,
    batches: {
      ...stores.batches,
      insertMissing: async (batches) => {
        await stores.batches.insertMissing(batches);
        for (const { migrationId } of batches.slice(0, 1)) ledger.onPhase(migrationId, 'queued');
      },
      update: async (migrationId, batchId, changes) => {
        await stores.batches.update(migrationId, batchId, changes);
        batchChanged(migrationId, batchId, changes);
      },
      updateWhen: async (migrationId, batchId, when, changes) => {
        const isChanged = await stores.batches.updateWhen(migrationId, batchId, when, changes);
        if (isChanged) batchChanged(migrationId, batchId, changes);
        return isChanged;
      },
      change: async (migrationId, batchId, change) => {
        let last: ReturnType<typeof change>;
        const isChanged = await stores.batches.change(
          migrationId,
          batchId,
          (batch) => (last = change(batch)),
        );
        if (isChanged && last !== undefined) batchChanged(migrationId, batchId, last);
        return isChanged;
      },
    },
    migrations: {
      ...stores.migrations,
      update: async (migrationId, changes) => {
        await stores.migrations.update(migrationId, changes);
        migrationChanged(migrationId, changes);
      },
      change: async (migrationId, change) => {
        let last: ReturnType<typeof change>;
        const isChanged = await stores.migrations.change(
          migrationId,
          (migration) => (last = change(migration)),
        );
        if (isChanged && last !== undefined) migrationChanged(migrationId, last);
        return isChanged;
      },
    },
    tasks: {
      ...stores.tasks,
      save: async (tasks, given) => {
        const writes: { readonly before: Task | undefined; readonly after: Task }[] = [];
        for (const after of tasks)
          writes.push({
            before: (await stores.tasks.listBatch(after.migrationId, after.batchId)).find(
              ({ taskId }) => taskId === after.taskId,
            ),
            after,
          });
        // A write that the store refuses because somebody was quicker has not happened.
        await stores.tasks.save(tasks, given);
        for (const { before, after } of writes) {
          ledger.taskWrites.push({ atMs: nowMs(), before, after });
          if (after.outcome !== (before?.outcome ?? null))
            ledger.note(
              `user ${after.taskId.slice(-2)} of ${batchKeyOf(after.migrationId, after.batchId)} is ${String(after.outcome)}`,
            );
        }
      },
    },
    commands: {
      ...stores.commands,
      add: async (command) => {
        await stores.commands.add(command);
        ledger.commands.push({ seq: ledger.tick(), command });
        ledger.note(`command ${command.kind} for ${command.targets.join(',')} is on record`);
      },
      recordResult: async (result) => {
        const held = await stores.commands.recordResult(result);
        const known = ledger.results.find(
          ({ result: one }) =>
            one.commandId === held.commandId &&
            one.batchId === held.batchId &&
            one.verdict === held.verdict,
        );
        if (known === undefined)
          ledger.results.push({ seq: ledger.tick(), atMs: nowMs(), result: held });
        ledger.note(`answer of ${String(result.batchId)}: ${result.verdict}, ${result.detail}`);
        return held;
      },
      decide: async (decision) => {
        const held = await stores.commands.decide(decision);
        // A decision that held before was made then, whoever asks again.
        const isKnown = ledger.decisions.some(
          ({ decision: { migrationId, number } }) =>
            migrationId === held.migrationId && number === held.number,
        );
        if (!isKnown) ledger.decisions.push({ seq: ledger.tick(), decision: held });
        ledger.note(`decision ${decision.verdict}, holds ${held.verdict}`);
        return held;
      },
      askApproval: async (request) => {
        const isFirst = await stores.commands.askApproval(request);
        if (isFirst) {
          ledger.coveredBy.set(
            `${request.migrationId} ${String(request.number)}`,
            await stores.requests.loadApproved(request.migrationId, request.approvalId),
          );
          ledger.note(`approval ${request.approvalId} is requested`);
          ledger.onPhase(request.migrationId, request.number === 1 ? 'approval' : 'approval again');
        }
        return isFirst;
      },
    },
  };
}
