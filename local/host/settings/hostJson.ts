import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HostStartError } from '../hostStartError.ts';
import { parseLogLevel } from '../log/hostLog.ts';
import { overrideHostJson } from './overrideHostJson.ts';
import { resolveSettings } from './resolveSettings.ts';
import { timeSpanMs } from './timeSpan.ts';

const timeSpan = z.string().transform((text, context) => {
  const milliseconds = timeSpanMs(text);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue(`'${text}' is not a time span such as 00:00:30`);
  return z.NEVER;
});

const logLevel = z.string().transform((text, context) => {
  const level = parseLogLevel(text);
  if (level !== undefined) return level;
  context.addIssue(`'${text}' is not a log level such as Information`);
  return z.NEVER;
});

const queuesSchema = z
  .looseObject({
    batchSize: z.int().min(1).max(32).default(16),
    newBatchThreshold: z.int().min(0).optional(),
    maxDequeueCount: z.int().min(1).default(5),
    visibilityTimeout: timeSpan.prefault('00:00:00'),
    // A minute in Azure; two seconds is what the host uses in local development.
    maxPollingInterval: timeSpan.prefault('00:00:02'),
    messageEncoding: z
      .string()
      .toLowerCase()
      .pipe(z.enum(['base64', 'none']))
      .prefault('base64'),
  })
  .transform(
    ({
      batchSize,
      newBatchThreshold,
      maxDequeueCount,
      visibilityTimeout,
      maxPollingInterval,
      messageEncoding,
    }) => ({
      batchSize,
      newBatchThreshold: newBatchThreshold ?? Math.floor(batchSize / 2),
      maxDequeueCount,
      visibilityTimeoutMs: visibilityTimeout,
      maxPollingIntervalMs: maxPollingInterval,
      messageEncoding,
    }),
  );

// What the Azure Storage provider accepts.
const hubName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9]{2,44}$/,
    'a task hub name has 3 to 45 letters and digits, a letter first',
  );

const hostJsonSchema = z.looseObject({
  version: z.literal('2.0', 'must be "2.0"'),
  extensions: z
    .looseObject({
      http: z.looseObject({ routePrefix: z.string().default('api') }).prefault({}),
      queues: queuesSchema.prefault({}),
      durableTask: z.looseObject({ hubName: hubName.optional() }).default({}),
    })
    .prefault({}),
  logging: z.looseObject({ logLevel: z.record(z.string(), logLevel).default({}) }).prefault({}),
});

/** The members of host.json that this host heeds, with their defaults. */
export type HostJson = z.infer<typeof hostJsonSchema>;
/** `extensions.queues`. */
export type QueueSettings = z.infer<typeof queuesSchema>;

/**
 * Reads the app's host.json; `%SETTING%` in it is resolved and `AzureFunctionsJobHost__a__b` of the environment goes first.
 * @throws HostStartError when it is missing, is not JSON or has a bad member
 */
export function readHostJson(appDir: string, environment: NodeJS.ProcessEnv): HostJson {
  const file = join(appDir, 'host.json');
  const resolved = resolveSettings(
    overrideHostJson(parseJson(file), environment),
    environment,
    file,
  );
  const parsed = hostJsonSchema.safeParse(resolved);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
  );
  throw new HostStartError(`${file} is not valid: ${problems.join('; ')}`);
}

function parseJson(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new HostStartError(
      `${file} cannot be read: every Functions app has a host.json, at least { "version": "2.0" }`,
      { cause: error },
    );
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new HostStartError(
      `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
