import type { HttpResponseInit, InvocationContext } from '@azure/functions';
import type { Health, HealthCheck, Live } from '../../shared/contracts/responses.ts';
import type { Freeze } from '../../shared/contracts/command.ts';
import type { GraphProblem } from '../../shared/graph/result.ts';
import type { SharePointClient } from '../../shared/graph/sharePointTasks.ts';
import type { Services } from '../services.ts';
import type { Call } from './route.ts';

/**
 * Returns what to check if Graph refuses to list jobs in the target tenant; an empty string if the
 * status gives no hint.
 */
function accessAdvice(httpStatus: number): string {
  switch (httpStatus) {
    case 401:
      return 'Graph rejected the token; check TARGET_TENANT_ID and TARGET_CREDENTIAL';
    case 403:
      return 'the token lacks a permission; grant the app the application permission CrossTenantContentMigration.ReadWrite.All in the target tenant, with admin consent; if it has the permission, the API is not enabled for apps in this tenant yet';
    case 404:
      return 'the tenant does not have this API; check GRAPH_BASE_URL and GRAPH_JOBS_VERSION';
    default:
      return '';
  }
}

/**
 * Returns what to check if Graph refuses to list SharePoint tasks in the source tenant; an empty
 * string if the status gives no hint.
 */
function sourceAccessAdvice(httpStatus: number): string {
  switch (httpStatus) {
    case 401:
      return 'Graph rejected the token; check SOURCE_TENANT_ID and SOURCE_CREDENTIAL';
    case 403:
      return 'the token lacks a permission; grant the app the application permissions SharePointCrossTenantMigration.Read.All and SharePointCrossTenantMigration.Manage.All in the source tenant, with admin consent';
    case 422:
      return 'the tenants do not trust each other yet; set up the cross-tenant relationship of SharePoint in both tenants';
    default:
      return '';
  }
}

interface HealthServices extends Pick<Services, 'stores'> {
  readonly jobs: Pick<Services['jobs'], 'checkAccess'>;
  readonly sharePoint?: Pick<SharePointClient, 'checkAccess'>;
}

/**
 * Returns 200 if storage responds and Graph lets the app read jobs in the target tenant and, if
 * configured, SharePoint tasks in the source tenant; otherwise 503 with the failed checks. Both
 * include the current freeze.
 */
export async function health({
  context,
  services: { stores, jobs, sharePoint },
}: Pick<Call, 'context'> & { readonly services: HealthServices }): Promise<HttpResponseInit> {
  const check = async (
    name: string,
    attempt: () => Promise<string | undefined>,
  ): Promise<HealthCheck> => {
    try {
      const detail = await attempt();
      return detail === undefined ? { status: 'healthy' } : { status: 'unhealthy', detail };
    } catch (error) {
      // Only the stack is logged: other members of an error may contain personal data.
      context.error(
        `health: ${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      return {
        status: 'unhealthy',
        detail: `${name} could not be reached; the log of the app has the reason`,
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
  const result: Health = {
    status: healthy ? 'healthy' : 'unhealthy',
    ...(frozen === undefined ? {} : { frozen }),
    checks: { storage, graph, ...(source === undefined ? {} : { sharePoint: source }) },
  };
  return {
    status: healthy ? 200 : 503,
    headers: { 'cache-control': 'no-store' },
    jsonBody: result,
  };
}

/**
 * Logs why a call was not sent or got no response. The reason may name hosts and identities, so it
 * is not returned to the caller.
 */
function logUnanswered(
  context: InvocationContext,
  name: string,
  { httpStatus, code, message }: GraphProblem,
): void {
  if (httpStatus === 0)
    context.error(
      `health: the call to ${name} was not sent or got no response (${code}): ${message}`,
    );
}

function refusalText(
  { httpStatus, code, requestId }: GraphProblem,
  adviceOn: (httpStatus: number) => string,
): string {
  if (httpStatus === 0)
    return `Graph sent no response${code === '' ? '' : ` (${code})`}; the log of the app has the reason`;
  const advice = adviceOn(httpStatus);
  return `Graph responded with ${String(httpStatus)} ${code}, request-id ${requestId ?? 'none'}${advice === '' ? '' : `: ${advice}`}`;
}

/**
 * Returns 200 while the app runs. It is open to everyone, so it makes no calls and returns no
 * details.
 */
export function healthLive(): HttpResponseInit {
  const live: Live = { status: 'live' };
  return { headers: { 'cache-control': 'no-store' }, jsonBody: live };
}
