import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hostProcess } from '../local/stack/stackProcesses.ts';
import { parseConfig } from '../shared/config/parseConfig.ts';

const root = join(import.meta.dirname, '..');
const json = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const span = z.string().regex(/^\d{2}:\d{2}:\d{2}$/);

// The members that the published schema of host.json knows, as far as this file uses them; anything else is a typing error.
const hostSchema = z.strictObject({
  version: z.literal('2.0'),
  functionTimeout: span,
  extensionBundle: z.strictObject({
    id: z.literal('Microsoft.Azure.Functions.ExtensionBundle'),
    version: z.literal('[4.*, 5.0.0)'),
  }),
  extensions: z.strictObject({
    http: z.strictObject({ routePrefix: z.literal('api') }),
    queues: z.strictObject({
      batchSize: z.int().min(1).max(32),
      newBatchThreshold: z.int().min(0),
      maxDequeueCount: z.int().min(1),
      visibilityTimeout: span,
      // With base64 the host gives messages that it cannot decode to no function: they would be dropped in silence.
      messageEncoding: z.literal('none'),
    }),
    durableTask: z.strictObject({
      hubName: z.literal('%TASKHUB_NAME%'),
      // The extension compares single numbers as texts: after 9 the contract is 10.0 only once every instance of 9 has ended, or is named 9.1.
      defaultVersion: z.string().regex(/^[1-9]\d*\.0$/),
      versionMatchStrategy: z.literal('CurrentOrOlder'),
      versionFailureStrategy: z.literal('Reject'),
      maxConcurrentActivityFunctions: z.int().min(1),
      maxConcurrentOrchestratorFunctions: z.int().min(1),
      storageProvider: z.strictObject({
        type: z.literal('azureStorage'),
        connectionName: z.literal('AzureWebJobsStorage'),
        partitionCount: z.int().min(1).max(16),
        maxQueuePollingInterval: span,
      }),
      tracing: z.strictObject({
        distributedTracingEnabled: z.boolean(),
        version: z.enum(['V1', 'V2']),
        traceInputsAndOutputs: z.literal(false),
      }),
    }),
  }),
  logging: z.strictObject({
    logLevel: z.record(
      z.string(),
      z.enum(['Trace', 'Debug', 'Information', 'Warning', 'Error', 'Critical', 'None']),
    ),
    applicationInsights: z.strictObject({
      samplingSettings: z.strictObject({ isEnabled: z.boolean(), excludedTypes: z.string() }),
    }),
  }),
});

const settingsSchema = z.strictObject({
  IsEncrypted: z.literal(false),
  Values: z.record(z.string(), z.string()),
});

describe('host.json', () => {
  it('holds only what the published schema knows', () => {
    expect(hostSchema.safeParse(json('host.json')).error?.issues ?? []).toEqual([]);
  });

  it('asks for no setting that the sample and the local stack do not have', () => {
    const asked = [...readFileSync(join(root, 'host.json'), 'utf8').matchAll(/%(\w+)%/g)].map(
      ([, name = '']) => name,
    );
    const { Values } = settingsSchema.parse(json('local.settings.sample.json'));
    const { environment } = hostProcess({
      dataDir: '',
      port: 0,
      speed: 1,
      clock: {},
      graphUrl: '',
      connectionString: '',
      settings: {},
    });
    expect(asked).toEqual(['TASKHUB_NAME']);
    for (const name of asked)
      expect([Values[name], environment[name]]).toEqual(['TenantFerry', 'TenantFerry']);
  });
});

describe('local.settings.sample.json', () => {
  it('is a configuration that the app starts with, against an emulator on this machine', () => {
    const { Values } = settingsSchema.parse(json('local.settings.sample.json'));
    expect(Values['FUNCTIONS_WORKER_RUNTIME']).toBe('node');
    // The name that the task hub had before it was a setting: what runs there goes on.
    expect(Values['TASKHUB_NAME']).toBe('TenantFerry');
    const config = parseConfig(Values);
    expect(config).toMatchObject({
      target: { kind: 'development' },
      graph: { baseUrl: 'http://127.0.0.1:7080' },
      storage: { kind: 'connectionString', connectionString: 'UseDevelopmentStorage=true' },
    });
  });
});
