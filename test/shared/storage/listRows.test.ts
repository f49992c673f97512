import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  InvalidContinuationTokenError,
  listRows,
  packToken,
} from '../../../shared/storage/rows.ts';

let status = 400;
let asked = 0;
const account = createServer((_, response) => {
  asked += 1;
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end('{"odata.error":{"code":"InvalidInput","message":{"value":"m"}}}');
});
let table: TableClient;
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    account.listen(0, '127.0.0.1', resolve);
  });
  const { port } = account.address() as AddressInfo;
  table = new TableClient(
    `http://127.0.0.1:${String(port)}/a`,
    'tasks',
    new AzureNamedKeyCredential('a', 'a2V5'),
    { allowInsecureConnection: true },
  );
});
afterAll(() => {
  account.close();
  account.closeAllConnections();
});

const tokenAt = (position: object): string =>
  packToken('scope', Buffer.from(JSON.stringify(position)).toString('base64'));
const list = (continuationToken?: string): Promise<unknown> =>
  listRows(table, "PartitionKey eq 'm'", 'scope', { pageSize: 1, continuationToken });

it('a position that storage cannot read is a bad token; any other refusal is a fault', async () => {
  const token = tokenAt({ nextPartitionKey: '1!8!bS1h', nextRowKey: '1!4!MQ' });
  status = 400;
  await expect(list(token)).rejects.toThrow(InvalidContinuationTokenError);
  await expect(list()).rejects.toMatchObject({ statusCode: 400 });
  status = 403;
  await expect(list(token)).rejects.toMatchObject({ statusCode: 403 });
});

it.each([
  {},
  { nextPartitionKey: '' },
  { nextPartitionKey: 'a\u0000' },
  { nextPartitionKey: '\ud800' },
  { nextPartitionKey: 'a', nextRowKey: 'b\n' },
  { nextPartitionKey: 1 },
  { nextPartitionKey: 'a', more: 1 },
])('a token that cannot be a position does not get to storage: %j', async (position) => {
  asked = 0;
  await expect(list(tokenAt(position))).rejects.toThrow(InvalidContinuationTokenError);
  expect(asked).toBe(0);
});
