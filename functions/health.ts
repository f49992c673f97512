import { app, type InvocationContext } from '@azure/functions';
import type { Health, HealthCheck } from '../shared/contracts/answers/health.ts';
import type { Freeze } from '../shared/contracts/freeze.ts';
import { accessAdvice } from '../shared/domain/accessAdvice.ts';
import { sourceAccessAdvice } from '../shared/domain/sourceAccessAdvice.ts';
import type { GraphProblem } from '../shared/graph/graphResult.ts';
import type { JobClient } from '../shared/graph/jobClient.ts';
import type { SharePointClient } from '../shared/graph/sharePointClient.ts';
import { type Access, guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /health`: 200 when storage answers and Graph lets the app read jobs in the target tenant and, where it is set up for one, SharePoint tasks in the source tenant; else 503 with what is wrong. Either way it says whether a freeze is in force. */
export function registerHealth({
  stores,
  jobs,
  sharePoint,
  ...access
}: Pick<Services, 'stores'> &
  Access & {
    readonly jobs: Pick<JobClient, 'checkAccess'>;
    readonly sharePoint?: Pick<SharePointClient, 'checkAccess'>;
  }): void {
  app.http('health', {
    route: 'health',
    // The platform sends no body with an answer to HEAD.
    methods: ['GET', 'HEAD'],
    ...guard(access, 'Migrations.Read', async (_request, context) => {
      const check = async (
        name: string,
        look: () => Promise<string | undefined>,
      ): Promise<HealthCheck> => {
        try {
          const detail = await look();
          return detail === undefined ? { status: 'healthy' } : { status: 'unhealthy', detail };
        } catch (error) {
          // The stack alone: what else an error carries may name people.
          context.error(
            `health: ${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
          );
          return {
            status: 'unhealthy',
            detail: `${name} could not be reached; the log has the reason`,
          };
        }
      };
      let frozen: Freeze | null | undefined;
      const [storage, graph, source] = await Promise.all([
        check('storage', async () => {
          [frozen] = await Promise.all([stores.freezes.current(), stores.ping()]);
          return undefined;
        }),
        check('graph', async () => {
          const result = await jobs.checkAccess();
          if (result.kind === 'done') return undefined;
          logUnanswered(context, 'graph', result.problem);
          return refusalText(result.problem, accessAdvice);
        }),
        sharePoint === undefined
          ? undefined
          : check('sharePoint', async () => {
              const result = await sharePoint.checkAccess();
              if (result.kind === 'done') return undefined;
              logUnanswered(context, 'sharePoint', result.problem);
              return refusalText(result.problem, sourceAccessAdvice);
            }),
      ]);
      const healthy = [storage, graph, source].every(
        (one) => one === undefined || one.status === 'healthy',
      );
      const health: Health = {
        status: healthy ? 'healthy' : 'unhealthy',
        ...(frozen === undefined ? {} : { frozen }),
        checks: { storage, graph, ...(source === undefined ? {} : { sharePoint: source }) },
      };
      return {
        status: healthy ? 200 : 503,
        headers: { 'cache-control': 'no-store' },
        jsonBody: health,
      };
    }),
  });
}

/** Why a call was not answered, or not sent, is for the log: it may name hosts and identities. */
function logUnanswered(
  context: InvocationContext,
  name: string,
  { httpStatus, code, message }: GraphProblem,
): void {
  if (httpStatus === 0)
    context.error(`health: ${name} was not asked, or did not answer (${code}): ${message}`);
}

function refusalText(
  { httpStatus, code, requestId }: GraphProblem,
  adviceOn: (httpStatus: number) => string,
): string {
  if (httpStatus === 0)
    return `Graph gave no answer${code === '' ? '' : ` (${code})`}; the log has the reason`;
  const advice = adviceOn(httpStatus);
  return `Graph answered ${String(httpStatus)} ${code}, request-id ${requestId ?? 'none'}${advice === '' ? '' : `: ${advice}`}`;
}
