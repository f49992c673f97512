import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../shared/config/parseConfig.ts';

const root = join(import.meta.dirname, '..');
const json = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
const span = z.string().regex(/^\d{2}:\d{2}:\d{2}$/);

// The members that the published schema of host.json knows, as far as this file uses them; anything else is a typing error.
const hostSchema = z.strictObject({
  version: z.literal('2.0'),
  functionTimeout: span,
  extensionBundle: z.strictObject({ id: z.literal('Microsoft.Azure.Functions.ExtensionBundle'), version: z.literal('[4.*, 5.0.0)') }),
  extensions: z.strictObject({
    http: z.strictObject({ routePrefix: z.literal('api') }),
    queues: z.strictObject({
      batchSize: z.int().min(1).max(32),
      newBatchThreshold: z.int().min(0),
      maxDequeueCount: z.int().min(1),
      visibilityTimeout: span,
      messageEncoding: z.enum(['base64', 'none']),
    }),
    durableTask: z.strictObject({
      hubName: z.string().regex(/^[A-Za-z][A-Za-z0-9]{2,44}$/),
      maxConcurrentActivityFunctions: z.int().min(1),
      maxConcurrentOrchestratorFunctions: z.int().min(1),
      storageProvider: z.strictObject({
        type: z.literal('azureStorage'),
        connectionName: z.literal('AzureWebJobsStorage'),
        partitionCount: z.int().min(1).max(16),
        maxQueuePollingInterval: span,
      }),
      tracing: z.strictObject({ distributedTracingEnabled: z.boolean(), version: z.enum(['V1', 'V2']), traceInputsAndOutputs: z.literal(false) }),
    }),
  }),
  logging: z.strictObject({
    logLevel: z.record(z.string(), z.enum(['Trace', 'Debug', 'Information', 'Warning', 'Error', 'Critical', 'None'])),
    applicationInsights: z.strictObject({ samplingSettings: z.strictObject({ isEnabled: z.boolean(), excludedTypes: z.string() }) }),
  }),
});

const settingsSchema = z.strictObject({ IsEncrypted: z.literal(false), Values: z.record(z.string(), z.string()) });

describe('host.json', () => {
  it('holds only what the published schema knows', () => {
    expect(hostSchema.safeParse(json('host.json')).error?.issues ?? []).toEqual([]);
  });
});

describe('local.settings.sample.json', () => {
  it('is a configuration that the app starts with, against an emulator on this machine', () => {
    const { Values } = settingsSchema.parse(json('local.settings.sample.json'));
    expect(Values['FUNCTIONS_WORKER_RUNTIME']).toBe('node');
    const config = parseConfig(Values);
    expect(config).toMatchObject({
      target: { kind: 'development' },
      graph: { baseUrl: 'http://127.0.0.1:7080' },
      storage: { kind: 'connectionString', connectionString: 'UseDevelopmentStorage=true' },
    });
  });
});
