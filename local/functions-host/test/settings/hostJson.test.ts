import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readHostJson } from '../../settings/hostJson.ts';
import { temporaryDir } from '../spawnHost.ts';

const dir = temporaryDir();
afterAll(() => {
  dir.remove();
});

function read(json: unknown, environment: Record<string, string> = {}) {
  writeFileSync(
    join(dir.path, 'host.json'),
    typeof json === 'string' ? json : JSON.stringify(json),
  );
  return readHostJson(dir.path, environment);
}

describe('host.json', () => {
  it('has the defaults of the Functions host', () => {
    expect(read({ version: '2.0' }).extensions).toMatchObject({
      http: { routePrefix: 'api' },
      queues: {
        batchSize: 16,
        newBatchThreshold: 8,
        maxDequeueCount: 5,
        visibilityTimeoutMs: 0,
        maxPollingIntervalMs: 2000,
        messageEncoding: 'base64',
      },
      durableTask: {},
    });
  });

  it('is read with a byte order mark, and passes the durable settings on as they are', () => {
    expect(
      read(
        '\uFEFF{"version":"2.0","extensions":{"durableTask":{"hubName":"%HUB%","more":{"deep":[1]}}}}',
        { HUB: 'MyHub' },
      ).extensions.durableTask,
    ).toEqual({
      hubName: 'MyHub',
      more: { deep: [1] },
    });
  });

  it('lets the environment override members in any case, numbers and booleans included', () => {
    const { extensions } = read(
      { version: '2.0', extensions: { queues: { batchSize: 1 } } },
      {
        AzureFunctionsJobHost__Extensions__QUEUES__BatchSize: '8',
        azurefunctionsjobhost__extensions__durableTask__useGracefulShutdown: 'True',
        AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:30',
      },
    );
    expect(extensions.queues).toMatchObject({
      batchSize: 8,
      newBatchThreshold: 4,
      visibilityTimeoutMs: 30_000,
    });
    expect(extensions.durableTask).toEqual({ useGracefulShutdown: true });
  });

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /host\.json is not JSON/],
    ['no version', {}, /version: must be "2\.0"/],
    [
      'a bad time span',
      { version: '2.0', extensions: { queues: { visibilityTimeout: '30' } } },
      /extensions\.queues\.visibilityTimeout: '30' is not a time span/,
    ],
    [
      'a bad encoding',
      { version: '2.0', extensions: { queues: { messageEncoding: 'utf7' } } },
      /extensions\.queues\.messageEncoding/,
    ],
    [
      'a bad level',
      { version: '2.0', logging: { logLevel: { default: 'Loud' } } },
      /logging\.logLevel\.default: 'Loud' is not a log level/,
    ],
    [
      'a task hub name that the storage provider refuses',
      { version: '2.0', extensions: { durableTask: { hubName: 'tenant-ferry' } } },
      /extensions\.durableTask\.hubName: a task hub name has 3 to 45 letters and digits/,
    ],
    [
      'a missing setting',
      { version: '2.0', extensions: { durableTask: { hubName: '%HUB%' } } },
      /host\.json: the setting of %HUB% is missing/,
    ],
  ])('says what is wrong with %s', (_, json, message) => {
    expect(() => read(json)).toThrow(message);
  });
});
