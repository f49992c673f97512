import { InvocationContext } from '@azure/functions';
import { expect, it } from 'vitest';
import { health } from '../../functions/http/health.ts';
import { healthSchema } from '../../shared/contracts/responses.ts';
import type { SharePointClient } from '../../shared/graph/sharePointTasks.ts';
import { createMemoryStores } from '../memoryStores/memoryStores.ts';

const well = { kind: 'done', value: null, requestId: 'r' } as const;
let access: Awaited<ReturnType<SharePointClient['checkAccess']>> = well;
const services = {
  stores: createMemoryStores(),
  jobs: { checkAccess: () => Promise.resolve(well) },
  sharePoint: { checkAccess: () => Promise.resolve(access) },
};
const context = new InvocationContext({ functionName: 'health', logHandler: () => undefined });

const rejected = (httpStatus: number, code: string) =>
  ({
    kind: 'rejected',
    problem: {
      httpStatus,
      code,
      codes: [code],
      message: 'm',
      requestId: 'req-9',
      clientRequestId: null,
    },
  }) as const;

it('of an app with a source tenant says whether the app may read SharePoint tasks there', async () => {
  expect(await health({ context, services })).toMatchObject({
    status: 200,
    jsonBody: { checks: { sharePoint: { status: 'healthy' } } },
  });
  access = rejected(403, 'accessDenied');
  const answer = await health({ context, services });
  expect(healthSchema.parse(answer.jsonBody).checks).toMatchObject({
    graph: { status: 'healthy' },
    sharePoint: {
      status: 'unhealthy',
      detail: expect.stringMatching(
        /^Graph responded with 403 accessDenied, request-id req-9: .*SharePointCrossTenantMigration[.]Read[.]All.* in the source tenant/,
      ) as string,
    },
  });
  expect(answer.status).toBe(503);
  access = rejected(422, 'MnATrustNoSetupForPartner');
  expect(JSON.stringify((await health({ context, services })).jsonBody)).toContain(
    'the tenants do not trust each other yet',
  );
});
