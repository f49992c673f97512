import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readHostJson, timeSpanMs } from '../../settings/hostJson.ts';
import { sharedDir } from '../temporaryDir.ts';

const dir = sharedDir();
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
  // The documented defaults of the Functions host; other tests see the remaining ones at work.
  it('fetches 16 messages at once, more at 8, and polls every two seconds unless the app sets it otherwise', () => {
    expect(read({ version: '2.0' }).extensions.queues).toMatchObject({
      batchSize: 16,
      newBatchThreshold: 8,
      visibilityTimeoutMs: 0,
      maxPollingIntervalMs: 2000,
    });
  });

  it('may start with a byte order mark, and returns the durable settings unchanged', () => {
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

  it('may have comments, trailing commas, names and texts in another case, and numbers as text', () => {
    const { extensions, functionTimeout } = read(
      `// the app
      { "Version": "2.0", "functionTimeout": "00:05:00", "extensions": {
        "queues": { "BatchSize": "%SIZE%", "messageEncoding": "None", }, /* , } */
        "http": { "customHeaders": { "X-Frame-Options": "DENY" } },
      } }`,
      { SIZE: '8' },
    );
    expect(extensions.queues).toMatchObject({ batchSize: 8, messageEncoding: 'none' });
    expect(extensions.http.customHeaders).toEqual({ 'X-Frame-Options': 'DENY' });
    expect(functionTimeout).toBe(300_000);
    expect(read({ version: '2.0', functionTimeout: '-1' }).functionTimeout).toBeUndefined();
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
  ])('names the mistake: %s', (_, json, message) => {
    expect(() => read(json)).toThrow(message);
  });
});

describe('a .NET time span', () => {
  it.each<[string, number | undefined]>([
    ['00:00:30', 30_000],
    ['01:02:03', 3_723_000],
    ['1.00:00:00', 86_400_000],
    ['00:00:00.25', 250],
    ['00:05', 300_000],
    ['24:00:00', undefined],
    ['00:60:00', undefined],
    ['30', undefined],
    ['0 */5 * * * *', undefined],
  ])('%s is %s ms', (text, milliseconds) => {
    expect(timeSpanMs(text)).toBe(milliseconds);
  });
});
