import { describe, expect, it } from 'vitest';
import type { UserMapping } from '../../../shared/contracts/request.ts';
import type { SharePointParameters } from '../../../shared/contracts/sharePointParameters.ts';
import { lenientInstantMs } from '../../../shared/contracts/text.ts';
import { createSharePointClient } from '../../../shared/graph/sharePointClient.ts';
import { type Planned, plannedResponses } from './plannedResponses.ts';

const root = 'https://graph.microsoft.com/beta/solutions/sharePoint/migrations';
const taskId = '3ed6d46d-13a3-4995-b6ea-a74a20b1fac0';
const parameters: SharePointParameters = {
  '@odata.type': '#microsoft.graph.sharePointUserMigrationTaskParameters',
  targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
  sourceUserIdentity: { userPrincipalName: 'source-user@contoso.onmicrosoft.com' },
  targetUserIdentity: { userPrincipalName: 'target-user@fabrico.onmicrosoft.com' },
};
const task = { id: taskId, status: 'notStarted', parameters };

/** Returns a client with planned responses; the last one repeats. */
function clientWith(...plan: Planned[]) {
  const { httpClient, sent } = plannedResponses(plan);
  const credential = (tenant: string) => ({
    getToken: () => Promise.resolve({ token: tenant, expiresOnTimestamp: Date.now() + 3_600_000 }),
  });
  const client = createSharePointClient({
    config: { graph: { baseUrl: 'https://graph.microsoft.com' } },
    sourceCredential: credential('source'),
    targetCredential: credential('target'),
    httpClient,
    readRetryDelayMs: 1,
  });
  return { client, sent };
}

describe('requests', () => {
  it('go to the documented addresses: tasks with a token of the source, mappings with one of the target', async () => {
    const { client, sent } = clientWith({ body: task });
    await client.createTask(parameters);
    await client.getTask(taskId);
    await client.getTaskByUser("o'neil@contoso.com");
    await client.getTaskBySite('https://contoso.sharepoint.com/sites/IT');
    await client.getTaskByGroup('source-group');
    await client.cancelTask(taskId);
    await client.getUserMapping('lee@contoso.com');
    await client.getGroupMapping(taskId.toUpperCase());
    const tasks = `${root}/crossOrganizationMigrationTasks`;
    expect(
      sent.map(({ method, url, headers }) => `${headers['authorization'] ?? ''} ${method} ${url}`),
    ).toEqual([
      `Bearer source POST ${tasks}`,
      `Bearer source GET ${tasks}/${taskId}`,
      `Bearer source GET ${tasks}/getBySourceUserPrincipalName(sourcePrincipalName='o%27%27neil%40contoso.com')`,
      `Bearer source GET ${tasks}/getBySourceSiteUrl(sourceSiteUrl='https%3A%2F%2Fcontoso.sharepoint.com%2Fsites%2FIT')`,
      `Bearer source GET ${tasks}/getBySourceGroupMailNickname(sourceGroupMailNickname='source-group')`,
      `Bearer source POST ${tasks}/${taskId}/cancel`,
      `Bearer target GET ${root}/crossOrganizationUserMappings(sourceUserPrincipalName='lee%40contoso.com')`,
      `Bearer target GET ${root}/crossOrganizationGroupMappings(sourceGroupObjectId='${taskId}')`,
    ]);
    expect(sent[0]?.body).toEqual({ parameters });
  });

  it('never contain an invalid id', async () => {
    const { client, sent } = clientWith({ body: task });
    await expect(client.getTask('../users')).rejects.toThrow('must be the id');
    await expect(client.cancelTask("x')")).rejects.toThrow('must be the id');
    await expect(client.getGroupMapping('x')).rejects.toThrow('must be a GUID');
    expect(sent).toEqual([]);
  });

  it('write fifty entries of an identity map at a time, as a delta', async () => {
    const { client, sent } = clientWith({ body: { value: [] } });
    const entries: UserMapping[] = Array.from({ length: 120 }, (_, n) => ({
      sourceUserIdentity: { userPrincipalName: `u${String(n)}@contoso.com` },
      targetUserIdentity: { userPrincipalName: `u${String(n)}@fabrico.com` },
    }));
    expect(await client.patchUserMappings(entries)).toMatchObject({ kind: 'done' });
    expect(
      sent.map(({ method, url, headers, body }) => [
        method,
        url,
        headers['authorization'],
        (body as { value: unknown[] }).value.length,
      ]),
    ).toEqual(
      [50, 50, 20].map((size) => [
        'PATCH',
        `${root}/crossOrganizationUserMappings`,
        'Bearer target',
        size,
      ]),
    );
    expect(sent[0]?.body).toMatchObject({ '@context': '#$delta' });
    expect(sent.flatMap(({ body }) => (body as { value: unknown[] }).value)).toEqual(entries);
  });

  it('stop at the first slice that is not taken, and take removals', async () => {
    const { client, sent } = clientWith({ status: 429, headers: { 'retry-after': '9' } });
    const removed = {
      sourceGroupIdentity: { id: taskId },
      '@removed': { reason: 'deleted' as const },
    };
    expect(
      await client.patchGroupMappings(Array.from({ length: 60 }, () => removed)),
    ).toMatchObject({ kind: 'retryAfter', seconds: 10 });
    expect(sent).toHaveLength(1);
    expect((sent[0]?.body as { value: unknown[] }).value[0]).toEqual(removed);
  });
});

describe('responses', () => {
  it.each([
    ['notStarted', 'notStarted'],
    ['success', 'completed'],
    ['Completed', 'completed'],
    ['INPROGRESS', 'inProgress'],
    ['Canceled', 'cancelled'],
    ['rescheduled', 'rescheduled'],
    ['unknownFutureValue', 'unknownFutureValue'],
  ])('with the status %s mean %s', async (status, expected) => {
    const { client } = clientWith({ body: { ...task, status } });
    expect(await client.getTask(taskId)).toMatchObject({
      kind: 'done',
      value: { status: expected },
    });
  });

  it('of a validation have no id', async () => {
    const { client } = clientWith({
      body: { status: 'completed', parameters: { ...parameters, validateOnly: true } },
    });
    expect(await client.createTask(parameters)).toMatchObject({
      kind: 'done',
      value: { id: null, status: 'completed', errors: [] },
    });
  });

  it('tell errors as one, as a list, and inside each other', async () => {
    const one = {
      code: 'MnAMoveJobCreationFailed',
      message: 'm',
      target: null,
      details: [{ code: 'deeper', message: '' }],
      innerError: { x: 1 },
    };
    const expected = [
      { code: 'MnAMoveJobCreationFailed', message: 'm' },
      { code: 'deeper', message: '' },
    ];
    for (const errors of [{ error: one }, { errors: [one] }, { error: null, errors: [one] }]) {
      const { client } = clientWith({ body: { ...task, status: 'failed', ...errors } });
      const result = await client.getTask(taskId);
      expect(result.kind === 'done' ? result.value.errors : result).toEqual(expected);
    }
  });

  it('may have malformed ids and instants, which stay unchanged', async () => {
    const odd = {
      id: '3ed6d46d-13a3-4995-b6ea-a74a20b1fzc0',
      status: 'completed',
      startedDateTime: '2025-7-18T09:08:04.451Z',
      finishedDateTime: 'soon',
      parameters: null,
    };
    const { client } = clientWith({ body: odd });
    expect(await client.getTask(odd.id)).toMatchObject({
      kind: 'done',
      value: {
        id: odd.id,
        startedDateTime: '2025-7-18T09:08:04.451Z',
        finishedDateTime: 'soon',
        parameters: {},
      },
    });
  });

  it('of a mapping tell the target', async () => {
    const { client } = clientWith({
      body: {
        id: 'b64==',
        targetUserIdentity: { userPrincipalName: 'lee@fabrico.com' },
        sourceUserIdentity: {},
      },
    });
    expect(await client.getUserMapping('lee@contoso.com')).toMatchObject({
      kind: 'done',
      value: { id: 'b64==', target: 'lee@fabrico.com' },
    });
  });
});

describe('faults', () => {
  it.each<[string, Planned, string]>([
    ['no response', { lost: true }, 'unknown'],
    ['a 503', { status: 503 }, 'unknown'],
    ['a 507', { status: 507 }, 'unknown'],
    [
      'a 501',
      { status: 501, body: { error: { code: 'MnAPartnersOnTheSameFarm', message: 'm' } } },
      'rejected',
    ],
    ['a 422', { status: 422, body: { error: { code: 'x', message: 'm' } } }, 'rejected'],
    ['a 429', { status: 429 }, 'retryAfter'],
  ])('of create, %s, are never repeated by the client', async (_, planned, kind) => {
    const { client, sent } = clientWith(planned);
    expect(await client.createTask(parameters)).toMatchObject({ kind });
    expect(sent).toHaveLength(1);
  });

  it('of a read that pass are repeated, a 501 is not', async () => {
    const passing = clientWith({ status: 503 }, { body: task });
    expect(await passing.client.getTask(taskId)).toMatchObject({ kind: 'done' });
    expect(passing.sent).toHaveLength(2);
    const lasting = clientWith({ status: 501 });
    expect(await lasting.client.getTaskBySite('https://contoso.sharepoint.com')).toMatchObject({
      kind: 'rejected',
    });
    expect(lasting.sent).toHaveLength(1);
  });

  it('of cancel say whether it is too late', async () => {
    expect(await clientWith({ status: 204 }).client.cancelTask(taskId)).toMatchObject({
      kind: 'done',
      value: null,
    });
    expect(await clientWith({ status: 409 }).client.cancelTask(taskId)).toMatchObject({
      kind: 'conflict',
    });
    expect(await clientWith({ status: 404 }).client.cancelTask(taskId)).toMatchObject({
      kind: 'notFound',
    });
  });
});

describe('instants of SharePoint tasks', () => {
  it.each([
    ['2025-7-18T09:08:04.451Z', '2025-07-18T09:08:04.451Z'],
    ['2025-07-18T09:08:04Z', '2025-07-18T09:08:04.000Z'],
    ['2025-10-8T9:08:04.4517Z', '2025-10-08T09:08:04.451Z'],
    ['2025-10-08T09:08:04+02:00', '2025-10-08T07:08:04.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(lenientInstantMs(text)).toBe(Date.parse(expected));
  });

  it('are nothing when they are none', () => {
    expect([null, '', 'soon', '2025-13-40T09:08:04Z'].map(lenientInstantMs)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
