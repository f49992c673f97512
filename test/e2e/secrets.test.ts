import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sendToQueue } from '../../local/demo/sendExamples.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { type Answer, createSend } from '../attack/send.ts';
import { takeOutcomeMessages } from './outcomeMessages.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { userId, usersRequest } from './usersRequest.ts';
import { waitFor } from './waitFor.ts';

/** What nobody may find where it does not belong. */
const marks = {
  sourceName: 'marked.source@contoso.example',
  targetName: 'marked.target@fabrikam.example',
  requester: 'marked.requester@fabrikam.example',
  approver: 'marked.approver@fabrikam.example',
  reason: 'marked.reason-of-a-person',
  graphText: 'marked.graph@contoso.example',
  unknownMember: 'marked.member@contoso.example',
  blobName: 'marked.blob@contoso.example',
  path: 'marked.path@contoso.example',
  idempotencyKey: 'marked-idempotency-key',
} as const;

const scenario = {
  users: [
    {
      id: userId(970, 1),
      invalid: [
        {
          workload: 'Exchange',
          code: 'CTM-100',
          message: `No mapping was found for ${marks.graphText}.`,
        },
      ],
    },
    {
      id: userId(970, 2),
      failed: [
        { workload: 'Teams', code: 'CTTM-005', message: `${marks.graphText} has no licence.` },
      ],
    },
    {
      id: userId(970, 3),
      failed: [
        { workload: 'ODSP', code: 'SomethingNew', message: `${marks.graphText} is unknown.` },
      ],
    },
  ],
  sharePoint: {
    sources: [
      {
        source: 'failing',
        failed: {
          code: 'MnASiteMoveTargetUrlHasWriteConflict',
          message: `A site of ${marks.graphText} exists.`,
        },
      },
      { source: 'refused', refused: 'noOneDrive' },
      {
        source: 'invalid',
        invalid: {
          code: 'MnAOdbUsersAreNotLicensed',
          message: `${marks.graphText} has no licence.`,
        },
      },
    ],
  },
};

let running: TestStack;
let wire: ReturnType<typeof createSend>;
const problems: string[] = [];
const keysInUse: string[] = [];
beforeAll(async () => {
  running = await startTestStack({ scenario });
  wire = createSend(Number(new URL(running.stack.apiUrl).port));
  await fullRun();
}, 240_000);
afterAll(async () => {
  wire.close();
  await running.stop();
}, 60_000);

async function send(
  path: string,
  init: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  } = {},
): Promise<Answer> {
  const { method = 'POST', headers = {}, body = {} } = init;
  const answer = await wire.send({
    method,
    path: `/api${path}`,
    headers,
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.status >= 400) problems.push(answer.text);
  return answer;
}

const acceptedId = (text: string): string =>
  z.looseObject({ id: z.string() }).parse(JSON.parse(text)).id;
const ended = (id: string): Promise<unknown> =>
  waitFor(
    `the end of ${id}`,
    async () => (isFinalPhase((await running.api.migration(id)).phase) ? true : undefined),
    120,
  );

/** Everything that can be asked of the app, with marks in all of it. */
async function fullRun(): Promise<void> {
  const { stack, api } = running;
  const keys = z
    .object({
      masterKey: z.string(),
      hostKeys: z.record(z.string(), z.string()),
      systemKeys: z.record(z.string(), z.string()),
      functionKeys: z.record(z.string(), z.record(z.string(), z.string())),
    })
    .parse(JSON.parse(readFileSync(join(stack.dataDir, 'host', 'keys.json'), 'utf8')));
  keysInUse.push(
    keys.masterKey,
    ...[keys.hostKeys, keys.systemKeys, ...Object.values(keys.functionKeys)].flatMap((some) =>
      Object.values(some),
    ),
  );
  const code = encodeURIComponent(keys.masterKey);
  const cutover = new Date(stack.clock.now() + 2 * 86_400_000).toISOString();
  const users = [1, 2, 3, 4].map((n) => ({
    targetUserId: userId(970, n),
    sourceUserPrincipalName: n === 1 ? marks.sourceName : `u${String(n)}.${marks.sourceName}`,
  }));
  const request = usersRequest('secret-wave', 970, 0, {
    users,
    requestedBy: marks.requester,
    approval: { required: true, timeoutHours: 700 },
    completeAfterDateTime: cutover,
  });

  const headers = {
    'idempotency-key': marks.idempotencyKey,
    'x-functions-key': keys.hostKeys['default'] ?? '',
  };
  const wave = acceptedId(
    (await send(`/migrations?code=${code}`, { headers, body: request })).text,
  );
  await send(`/migrations?code=${code}`, { headers, body: { ...request, name: 'another' } });
  const sites = acceptedId((await send('/migrations', { body: sharePointRequest() })).text);

  await send('/migrations', {
    body: {
      ...request,
      [marks.unknownMember]: 1,
      name: marks.sourceName,
      requestedBy: `${marks.requester}\u0000`,
      users: [{ targetUserId: marks.sourceName, [marks.unknownMember]: 2 }],
    },
  });
  await send(`/migrations/${marks.path}?code=${code}`, { method: 'GET' });
  await send(`/migrations?${marks.unknownMember}=1&code=${code}&continuationToken=${marks.path}`, {
    method: 'GET',
  });
  await send(`/migrations/${wave}/tasks/${marks.path}/cancel`, { body: { by: marks.approver } });
  await send(`/rejections/${marks.path}/replay?code=${code}`);
  await send(`/migrations/${wave}/approve`, { body: { by: marks.requester } });
  await send(`/nowhere/${marks.path}?code=${code}`);
  await send(`/migrations?code=${code}&__proto__=1`, { method: 'GET' });

  for (const text of [
    `no json of ${marks.sourceName}`,
    JSON.stringify({ ...request, [marks.unknownMember]: marks.sourceName }),
    JSON.stringify({ requestBlob: marks.blobName }),
  ])
    await sendToQueue(stack.connectionString, text);
  await waitFor('the rejections', async () =>
    (await send('/rejections', { method: 'GET' })).text.match(/"rejectedAt"/g)?.length === 3
      ? true
      : undefined,
  );
  const { value } = z
    .object({ value: z.array(z.looseObject({ id: z.string() })) })
    .parse(JSON.parse((await send('/rejections', { method: 'GET' })).text));
  for (const { id } of value) await send(`/rejections/${id}/replay`);

  await waitFor('the request for approval', async () =>
    (await api.migration(wave)).approvals.length > 0 ? true : undefined,
  );
  await send(`/migrations/${wave}/pause`, { body: { by: marks.approver, reason: marks.reason } });
  await send(`/migrations/${wave}/resume`, { body: { by: marks.approver, reason: marks.reason } });
  await send(`/migrations/${wave}/approve`, { body: { by: marks.approver, reason: marks.reason } });
  await Promise.all([ended(wave), ended(sites)]);
  await send(`/migrations/${wave}/retry`, { body: { by: marks.approver, reason: marks.reason } });
  await send(`/migrations/${wave}/cancel`, { body: { by: marks.approver, reason: marks.reason } });
  await waitFor(
    'the end of the retry',
    async () =>
      isFinalPhase((await api.migration(wave)).phase) &&
      (await api.migration(wave)).batches.every(
        ({ run, finishedAt }) => run > 1 || finishedAt !== null,
      )
        ? true
        : undefined,
    120,
  );
  await send(`/health?code=${code}`, { method: 'GET' });
}

/** OneDrives by name: one moves, the others come to grief in every way; of the last one Graph says by name that it has no mapping. */
function sharePointRequest(): object {
  const named = ['good', 'failing', 'refused', 'invalid'];
  const task = (name: string): object => ({
    '@odata.type': '#microsoft.graph.sharePointUserMigrationTaskParameters',
    targetOrganizationHost: 'https://fabrico-my.sharepoint.com',
    sourceUserIdentity: { userPrincipalName: `${name}.${marks.sourceName}` },
    targetUserIdentity: { userPrincipalName: `${name}.${marks.targetName}` },
  });
  const mapping = (name: string): object => ({
    sourceUserIdentity: { userPrincipalName: `${name}.${marks.sourceName}` },
    targetUserIdentity: { userPrincipalName: `${name}.${marks.targetName}` },
  });
  return {
    kind: 'sharePoint',
    name: 'secret-sites',
    tasks: [...named, 'unmapped'].map(task),
    validateFirst: true,
    requestedBy: marks.requester,
    identityMappings: { users: named.map(mapping) },
    checkIdentityMappings: true,
  };
}

/** What of this a text holds: the marks by name, keys, and tokens. */
function found(text: string, allowed: readonly (keyof typeof marks)[] = []): string[] {
  const { connectionString } = running.stack;
  const accountKey = /AccountKey=([^;]+)/.exec(connectionString)?.[1] ?? '';
  const names = Object.entries(marks).filter(
    ([name, mark]) =>
      !allowed.some((one) => one === name) &&
      [mark, encodeURIComponent(mark)].some((form) =>
        text.toLowerCase().includes(form.toLowerCase()),
      ),
  );
  return [
    ...names.map(([name]) => name),
    ...(text.includes(accountKey) ? ['the key of the storage account'] : []),
    ...(keysInUse.some((key) => text.includes(key) || text.includes(encodeURIComponent(key)))
      ? ['a key of the host']
      : []),
    ...(/eyJ0aWQi|Bearer [\w-]{10,}|SharedKey |[?&]sig=/.test(text) ? ['a token'] : []),
  ];
}

const filesUnder = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

async function rowsOf(
  table: string,
  holds: (rowKey: string) => boolean = () => true,
): Promise<string> {
  const rows: string[] = [];
  for await (const row of TableClient.fromConnectionString(running.stack.connectionString, table, {
    allowInsecureConnection: true,
  }).listEntities())
    if (holds(row.rowKey ?? '')) rows.push(JSON.stringify(row));
  return rows.join('\n');
}

describe('after a full run, nobody’s address and no secret', () => {
  it('is in the logs of the host and the app', () => {
    const log = readFileSync(join(running.stack.dataDir, 'logs', 'host.log'), 'utf8');
    expect(log).toMatch(/Executed 'Functions\.createMigration' \(Succeeded/);
    expect(log).toMatch(/was rejected: invalidRequest/);
    expect(found(log)).toEqual([]);
  });

  it('is in the histories that the host keeps', () => {
    const files = filesUnder(join(running.stack.dataDir, 'host', 'durable'));
    const histories = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    expect(histories).toContain('secret-wave');
    expect(histories).toContain('secret-sites');
    expect(found(histories)).toEqual([]);
  });

  it('is in an answer that refuses', () => {
    expect(problems.length).toBeGreaterThan(8);
    for (const problem of problems) expect([found(problem), problem]).toEqual([[], problem]);
  });

  it('is in the messages about outcomes', async () => {
    const events = await takeOutcomeMessages(running.stack.connectionString);
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'tenant-ferry.batch.finished',
        'tenant-ferry.migration.finished',
        'tenant-ferry.request.rejected',
      ]),
    );
    for (const event of events) expect([found(JSON.stringify(event)), event]).toEqual([[], event]);
  });

  it('is in the OpenAPI document or in what health says', async () => {
    for (const path of ['/openapi.json', '/health'])
      expect(found((await send(path, { method: 'GET' })).text)).toEqual([]);
  });

  it('is in the rows of batches, quota and rejections', async () => {
    for (const table of ['batches', 'quota', 'rejections']) {
      const rows = await rowsOf(table);
      expect([table, rows.length > 0, found(rows)]).toEqual([table, true, []]);
    }
  });

  it('is anywhere but where outcomes, requests, what people said, and refused texts are kept', async () => {
    const isRequest = (rowKey: string): boolean => rowKey.startsWith('newest.');
    expect(
      found(await rowsOf('migrations', (rowKey) => !isRequest(rowKey)), ['requester']),
    ).toEqual([]);
    const requests = await rowsOf('migrations', isRequest);
    for (const table of ['commands', 'events'])
      expect(found(await rowsOf(table), ['requester', 'approver', 'reason'])).toEqual([]);
    const tasks = await rowsOf('tasks');
    expect(found(tasks, ['sourceName', 'targetName', 'graphText'])).toEqual([]);
    expect(found(tasks)).toEqual(['sourceName', 'targetName', 'graphText']);
    const blobs = BlobServiceClient.fromConnectionString(running.stack.connectionString);
    const texts = new Map([['requests', requests]]);
    for (const container of ['requests', 'rejections']) {
      for await (const { name } of blobs.getContainerClient(container).listBlobsFlat())
        texts.set(
          container,
          `${texts.get(container) ?? ''}${(await blobs.getContainerClient(container).getBlobClient(name).downloadToBuffer()).toString('utf8')}`,
        );
    }
    expect(found(texts.get('requests') ?? '')).toEqual(['sourceName', 'targetName', 'requester']);
    expect(found(texts.get('rejections') ?? '')).toEqual([
      'sourceName',
      'requester',
      'unknownMember',
      'blobName',
    ]);
  });
});
