import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  versionDecision,
  parseDurableSettings,
} from '../local/functions-host/durable/durableSettings.ts';
import { readHostJson } from '../local/functions-host/settings/hostJson.ts';
import { hostProcess } from '../local/stack/stackProcesses.ts';
import { parseConfig } from '../shared/config/parseConfig.ts';

const root = join(import.meta.dirname, '..');
const settingsSchema = z.strictObject({
  IsEncrypted: z.literal(false),
  Values: z.record(z.string(), z.string()),
});
const { Values: sample } = settingsSchema.parse(
  JSON.parse(readFileSync(join(root, 'local.settings.sample.json'), 'utf8')),
);
const { environment } = hostProcess({
  dataDir: '',
  port: 0,
  speed: 1,
  clock: {},
  graphUrl: '',
  connectionString: '',
  settings: {},
});

describe('a host that reads host.json', () => {
  it.each([
    ['the sample settings', sample],
    ['the settings of the local stack', environment],
  ])('works with %s, on the task hub in which migrations are under way', (_, settings) => {
    expect(readHostJson(root, settings).extensions.durableTask.hubName).toBe('TenantFerry');
  });

  it('does not start without the name of the task hub, and says what is missing', () => {
    expect(() => readHostJson(root, {})).toThrow(/set TASKHUB_NAME/);
  });

  it('runs the orchestrations of its own and of earlier releases, and leaves those of later ones waiting', () => {
    const settings = parseDurableSettings(readHostJson(root, sample).extensions.durableTask);
    const contract = Number(settings.defaultVersion.split('.')[0]);
    expect(contract).toBeGreaterThan(0);
    expect(versionDecision('', settings)).toBe('run');
    for (let version = 1; version <= contract; version += 1)
      expect(versionDecision(`${String(version)}.0`, settings)).toBe('run');
    // The extension compares single numbers as texts: to a host of version 9, version 10 would be
    // an older one.
    for (const later of [contract + 1, 10 * contract, 10 * (contract + 1)])
      expect(versionDecision(`${String(later)}.0`, settings), String(later)).toBe('wait');
  });

  it('writes no inputs and outputs of orchestrations, which name people, into traces', () => {
    const { tracing } = readHostJson(root, sample).extensions.durableTask;
    expect(tracing).toMatchObject({ traceInputsAndOutputs: false });
  });
});

describe('local.settings.sample.json', () => {
  it('is a configuration that the app starts with, against an emulator on this machine', () => {
    expect(sample['FUNCTIONS_WORKER_RUNTIME']).toBe('node');
    expect(parseConfig(sample)).toMatchObject({
      target: { kind: 'development' },
      graph: { baseUrl: 'http://127.0.0.1:7080' },
      storage: { kind: 'connectionString', connectionString: 'UseDevelopmentStorage=true' },
    });
  });
});
