import { app } from '@azure/functions';
import type { Services } from './services.ts';

interface Check {
  readonly status: 'healthy' | 'unhealthy';
  readonly detail?: string;
}

/** `GET /health`: 200 when storage answers and Graph lets the app read jobs in the target tenant, else 503 with what is wrong. */
export function registerHealth({ stores, jobs }: Services): void {
  app.http('health', {
    route: 'health',
    methods: ['GET'],
    authLevel: 'function',
    handler: async (_request, context) => {
      const check = async (name: string, look: () => Promise<string | undefined>): Promise<Check> => {
        try {
          const detail = await look();
          return detail === undefined ? { status: 'healthy' } : { status: 'unhealthy', detail };
        } catch (error) {
          context.error(`health: ${name} failed`, error);
          return { status: 'unhealthy', detail: `${name} could not be reached; the log has the reason` };
        }
      };
      const [storage, graph] = await Promise.all([
        check('storage', async () => {
          await stores.ping();
          return undefined;
        }),
        check('graph', async () => {
          const result = await jobs.checkAccess();
          if (result.kind === 'done') return undefined;
          const { httpStatus, code, requestId } = result.problem;
          return `Graph answered ${String(httpStatus)} ${code}, request-id ${requestId ?? 'none'}`;
        }),
      ]);
      const healthy = storage.status === 'healthy' && graph.status === 'healthy';
      return {
        status: healthy ? 200 : 503,
        headers: { 'cache-control': 'no-store' },
        jsonBody: { status: healthy ? 'healthy' : 'unhealthy', checks: { storage, graph } },
      };
    },
  });
}
