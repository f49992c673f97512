import { app, type InvocationContext } from '@azure/functions';
import type { Health, HealthCheck, Live } from '../../shared/contracts/responses.ts';
import type { Freeze } from '../../shared/contracts/command.ts';
import type { JobClient } from '../../shared/graph/jobs.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { SharePointClient } from '../../shared/graph/sharePointTasks.ts';
import type { Services } from '../services.ts';
import { type Access, guard, openToAll } from './route.ts';

/** What to look at when Graph does not let the app read jobs in the target tenant; an empty string when that says nothing. */
export function accessAdvice(httpStatus: number): string {
  switch (httpStatus) {
    case 401:
      return 'the token was not taken: check TARGET_TENANT_ID and TARGET_CREDENTIAL';
    case 403:
      return 'the token lacks what it needs: grant the app the application permission CrossTenantContentMigration.ReadWrite.All in the target tenant, with admin consent; if it has it, the tenant does not let apps use this API yet';
    case 404:
      return 'the tenant does not have this API: check GRAPH_BASE_URL and GRAPH_JOBS_VERSION';
    default:
      return '';
  }
}

/** What to look at when Graph does not let the app read SharePoint tasks in the source tenant; an empty string when that says nothing. */
export function sourceAccessAdvice(httpStatus: number): string {
  switch (httpStatus) {
    case 401:
      return 'the token was not taken: check SOURCE_TENANT_ID and SOURCE_CREDENTIAL';
    case 403:
      return 'the token lacks what it needs: grant the app the application permissions SharePointCrossTenantMigration.Read.All and SharePointCrossTenantMigration.Manage.All in the source tenant, with admin consent';
    case 422:
      return 'the tenants do not trust each other yet: set up the cross-tenant relationship of SharePoint on both sides';
    default:
      return '';
  }
}

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
        attempt: () => Promise<string | undefined>,
      ): Promise<HealthCheck> => {
        try {
          const detail = await attempt();
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

/** `GET /health/live`: 200 while the app runs, 503 where settings are wrong. It is open to everybody, so it makes no call and tells nothing else. */
export function registerHealthLive(access: Pick<Access, 'misconfigured'>): void {
  const live: Live = { status: 'live' };
  app.http('healthLive', {
    route: 'health/live',
    // The platform sends no body with an answer to HEAD.
    methods: ['GET', 'HEAD'],
    ...openToAll(access, () => ({ headers: { 'cache-control': 'no-store' }, jsonBody: live })),
  });
}
