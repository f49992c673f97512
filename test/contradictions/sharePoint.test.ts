import { expect } from 'vitest';
import { z } from 'zod';
import type { Interference } from '../../local/graph-emulator/index.ts';
import { hour } from '../../local/graph-emulator/test/testGraph.ts';
import { sharePointParametersSchema } from '../../shared/contracts/sharePointParameters.ts';
import { noCounts } from '../../shared/domain/outcomes.ts';
import { openApp } from '../conformance/openApp.ts';
import { openSharePoint, type SharePointOverHttp } from '../conformance/openSharePoint.ts';
import { groupMove, siteMove, userMove } from '../conformance/sharePointParameters.ts';
import { contradiction } from './contradiction.ts';
import { changed, sentBodies } from './recordedAnswers.ts';

// Where the pages contradict each other about SharePoint tasks.

/** Moves a user's OneDrive with the app's client; returns what the client has read of it at each hour. */
async function watched({
  graph,
  client,
}: SharePointOverHttp): Promise<{ readonly status: string; readonly errors: readonly object[] }[]> {
  const task = await client.createTask(userMove);
  if (task.kind !== 'done' || task.value.id === null)
    throw new Error(`create answered ${task.kind}`);
  const seen: { readonly status: string; readonly errors: readonly object[] }[] = [];
  for (let hours = 0; hours < 5; hours += 1) {
    const read = await client.getTask(task.value.id);
    if (read.kind !== 'done') throw new Error(`get answered ${read.kind}`);
    const { status, errors } = read.value;
    if (seen.at(-1)?.status !== status) seen.push({ status, errors });
    graph.clock.advance(hour);
  }
  return seen;
}

const succeeds = ['notStarted', 'inProgress', 'completed'];

/** Sends a user's OneDrive, a group and a site through the whole app, and expects all to arrive by one task each. */
async function movesAll(options: Parameters<typeof openApp>[0]): Promise<void> {
  const app = await openApp(options);
  const id = await app.acceptSharePoint([userMove, groupMove, siteMove], { validateFirst: true });
  await app.engine.settle();
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: 3 },
  });
  expect(
    (await app.log()).filter(({ effect }) => effect?.startsWith('createTask') === true),
  ).toHaveLength(3);
}

/** Loses the answer to the first create, so that its task must be looked up by its source. */
function losesFirstCreate(): Interference {
  let remaining = 1;
  return {
    after: (request, { status }) => {
      if (
        request.method !== 'POST' ||
        status !== 200 ||
        !request.url.endsWith('/crossOrganizationMigrationTasks')
      )
        return Promise.resolve(undefined);
      return remaining-- > 0
        ? Promise.reject(new Error('the connection was reset'))
        : Promise.resolve(undefined);
    },
  };
}

contradiction(23, async (variant) => {
  const shown = (name: string): string => (variant === 1 ? name.replace('Task', '') : name);
  const { bodies, interference } = sentBodies('POST', '/crossOrganizationMigrationTasks');
  const typeSchema = z.looseObject({ '@odata.type': z.string() });
  const renamed = changed(/crossOrganizationMigrationTasks/, (body) => {
    const parameters = typeSchema.safeParse(body['parameters']);
    return parameters.success
      ? {
          ...body,
          parameters: { ...parameters.data, '@odata.type': shown(parameters.data['@odata.type']) },
        }
      : body;
  });
  const open = await openSharePoint({}, { interference: { ...interference, ...renamed } });
  expect((await watched(open)).map(({ status }) => status)).toEqual(succeeds);
  expect(bodies).toEqual([{ parameters: userMove }]);
  await movesAll({ interference: renamed });
  // A request that follows the other page is told the name that Graph takes.
  const parsed = sharePointParametersSchema.safeParse({
    ...siteMove,
    '@odata.type': shown(siteMove['@odata.type']),
  });
  expect(parsed.success).toBe(variant === 2);
  if (variant === 1)
    expect(parsed.error?.issues.map(({ message }) => message).join()).toContain(
      'must be #microsoft.graph.sharePointSiteMigrationTaskParameters',
    );
});

contradiction(24, async (variant) => {
  for (const completedSpelling of variant === 1
    ? (['success', 'Completed'] as const)
    : (['completed'] as const)) {
    const open = await openSharePoint({ switches: { completedSpelling } });
    expect(
      (await open.task('POST', '', { parameters: { ...userMove, validateOnly: true } })).body,
    ).toMatchObject({ status: completedSpelling });
    expect(await open.client.createTask({ ...userMove, validateOnly: true })).toMatchObject({
      value: { status: 'completed' },
    });
    expect((await watched(open)).map(({ status }) => status)).toEqual(succeeds);
    await movesAll({ scenario: { sharePoint: { switches: { completedSpelling } } } });
  }
});

contradiction(25, async (variant) => {
  const failed = { code: 'MnATargetUserDoesNotExist', message: 'The target user does not exist.' };
  const open = await openSharePoint({
    switches: { errorsAsList: variant === 1 },
    sources: [{ source: 'lee@contoso.com', failed }],
  });
  const seen = await watched(open);
  expect(seen.map(({ status }) => status)).toEqual(['notStarted', 'inProgress', 'failed']);
  expect(seen.at(-1)?.errors).toEqual([failed]);
  const found = await open.task(
    'GET',
    "/getBySourceUserPrincipalName(sourcePrincipalName='lee@contoso.com')",
  );
  expect(found.body).toMatchObject(variant === 1 ? { errors: [failed] } : { error: failed });

  const app = await openApp({
    scenario: {
      sharePoint: {
        switches: { errorsAsList: variant === 1 },
        sources: [{ source: 'lee@contoso.com', failed }],
      },
    },
  });
  const id = await app.acceptSharePoint([userMove, siteMove]);
  await app.engine.settle();
  expect(await app.migration(id)).toMatchObject({
    phase: 'completedWithErrors',
    counts: { ...noCounts, succeeded: 1, failed: 1 },
  });
  const [task] = (await app.tasks(id)).filter(({ outcome }) => outcome === 'failed');
  expect(task?.services).toMatchObject([{ status: 'failed', errors: [failed] }]);
});

contradiction(26, async (variant) => {
  const open = await openSharePoint({ switches: { unquotedLookups: variant === 1 } });
  const task = await open.client.createTask(userMove);
  const unquoted = await open.task(
    'GET',
    '/getBySourceUserPrincipalName(sourceprincipalname=lee@contoso.com)',
  );
  expect(unquoted.status).toBe(variant === 1 ? 200 : 400);
  const found = await open.client.getTaskByUser('lee@contoso.com');
  expect(found).toMatchObject({
    kind: 'done',
    value: { id: task.kind === 'done' ? task.value.id : '' },
  });
  expect((await open.asked()).at(-1)?.path).toContain(
    "getBySourceUserPrincipalName(sourcePrincipalName='",
  );

  const app = await openApp({
    scenario: { sharePoint: { switches: { unquotedLookups: variant === 1 } } },
    interference: losesFirstCreate(),
  });
  const id = await app.acceptSharePoint([userMove]);
  await app.engine.settle();
  expect(await app.migration(id)).toMatchObject({
    phase: 'completed',
    counts: { ...noCounts, succeeded: 1 },
  });
  const calls = await app.log();
  expect(calls.filter(({ effect }) => effect?.startsWith('createTask') === true)).toHaveLength(1);
  expect(
    calls.filter(
      ({ path, status }) => path.includes('getBySourceUserPrincipalName') && status === 200,
    ).length,
  ).toBeGreaterThan(0);
});
