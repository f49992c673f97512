import type { Stores } from '../../shared/storage/stores.ts';
import { batchKeyOf, type Ledger } from './ledger.ts';

/** The stores, with every write that a promise is about written down in the ledger at the instant at which it happens. */
export function recordedStores(stores: Stores, ledger: Ledger, nowMs: () => number): Stores {
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
        const key = batchKeyOf(migrationId, batchId);
        if (typeof changes.jobId === 'string') ledger.ownedJobs.set(key, (ledger.ownedJobs.get(key) ?? new Set()).add(changes.jobId));
        if (changes.phase === undefined) return;
        ledger.note(`batch ${key} is ${changes.phase}`);
        ledger.onPhase(migrationId, changes.phase);
      },
    },
    migrations: {
      ...stores.migrations,
      update: async (migrationId, changes) => {
        await stores.migrations.update(migrationId, changes);
        if (changes.phase !== undefined) ledger.note(`migration ${migrationId} is ${changes.phase}`);
        if (typeof changes.finishedAt === 'string') ledger.onPhase(migrationId, 'ended');
      },
    },
    tasks: {
      ...stores.tasks,
      save: async (tasks) => {
        for (const after of tasks) {
          const before = (await stores.tasks.listBatch(after.migrationId, after.batchId)).find(({ taskId }) => taskId === after.taskId);
          ledger.taskWrites.push({ atMs: nowMs(), before, after });
          if (after.outcome !== (before?.outcome ?? null)) ledger.note(`user ${after.taskId.slice(-2)} of ${batchKeyOf(after.migrationId, after.batchId)} is ${String(after.outcome)}`);
        }
        await stores.tasks.save(tasks);
      },
    },
    commands: {
      ...stores.commands,
      add: async (command) => {
        await stores.commands.add(command);
        ledger.commands.push({ seq: ledger.tick(), command });
        ledger.note(`command ${command.kind} for ${command.targets.join(',')} is on record`);
      },
      answer: async (result) => {
        const held = await stores.commands.answer(result);
        if (!ledger.results.some((known) => known.result.commandId === held.commandId && known.result.batchId === held.batchId)) ledger.results.push({ seq: ledger.tick(), atMs: nowMs(), result: held });
        ledger.note(`answer of ${String(result.batchId)}: ${result.verdict}, ${result.detail}`);
        return held;
      },
      decide: async (decision) => {
        const held = await stores.commands.decide(decision);
        ledger.decisions.push({ seq: ledger.tick(), decision: held });
        ledger.note(`decision ${decision.verdict}, holds ${held.verdict}`);
        return held;
      },
      askApproval: async (migrationId, requestedAt) => {
        const isFirst = await stores.commands.askApproval(migrationId, requestedAt);
        if (isFirst) ledger.onPhase(migrationId, 'approval');
        return isFirst;
      },
    },
  };
}
