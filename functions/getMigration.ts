import { app } from '@azure/functions';
import type { Migration } from '../shared/contracts/migration.ts';
import { approvalDeadlineMs } from '../shared/domain/approval.ts';
import { batchIdAt } from '../shared/domain/plan.ts';
import type { Stores } from '../shared/storage/stores.ts';
import type { MigrationDetail } from '../shared/contracts/answers/migrationDetail.ts';
import { addCounts } from '../shared/domain/counts.ts';
import { isFinalPhase } from '../shared/domain/finalPhase.ts';
import { withFreeze } from '../shared/domain/freeze.ts';
import { personNeedSteps } from '../shared/domain/personNeed.ts';
import { mergeFailures } from '../shared/domain/mergeFailures.ts';
import { findMigration } from './findMigration.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /migrations/{id}`: one migration with its batches, and why users fail. Counts and reasons are summed up from the batches' rows, never from the tasks. */
export function registerGetMigration({ stores, ...access }: Services): void {
  app.http('getMigration', {
    route: 'migrations/{id}',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      const batches = await stores.batches.list(found.migration.id);
      const { migration } = found;
      const detail: MigrationDetail = {
        ...migration,
        message: isFinalPhase(migration.phase)
          ? migration.message
          : withFreeze(migration.message, await stores.freezes.current()),
        counts:
          migration.phase === 'running'
            ? addCounts(batches.map(({ counts }) => counts))
            : migration.counts,
        ...mergeFailures(batches.map(({ failures }) => failures)),
        needsPerson: batches.flatMap(({ batchId, needsPerson: need, message }) =>
          need === null ? [] : [{ batchId, need, message: message ?? personNeedSteps[need] }],
        ),
        approvals: await approvalsOf(migration, stores),
        batches: [...batches],
      };
      return { jsonBody: detail };
    }),
  });
}

/** The requests for approval of a migration, with what was decided on each; who has decided is in the commands. */
async function approvalsOf(
  { id, approvalHours }: Migration,
  { commands }: Stores,
): Promise<MigrationDetail['approvals']> {
  if (approvalHours === null) return [];
  // Without the results of all batches, which may be many.
  const { approvals } = await commands.bookOf(id, batchIdAt(0));
  return approvals.map(({ approvalId, taskCount, tasksHash, requestedAt, decision }) => ({
    approvalId,
    taskCount,
    tasksHash,
    requestedAt,
    deadlineAt: new Date(approvalDeadlineMs(requestedAt, approvalHours)).toISOString(),
    verdict: decision?.verdict ?? null,
    decidedAt: decision?.decidedAt ?? null,
  }));
}
