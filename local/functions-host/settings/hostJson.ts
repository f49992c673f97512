import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { HostStartError } from '../errors.ts';
import { parseLaxJson } from '../laxJson.ts';
import { parseLogLevel } from '../log.ts';

const prefix = 'azurefunctionsjobhost__';

/**
 * Returns host.json with the values that the environment sets by
 * `AzureFunctionsJobHost__a__b=value`; names in any case.
 */
function overrideHostJson(hostJson: unknown, environment: NodeJS.ProcessEnv): unknown {
  let result = hostJson;
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.toLowerCase().startsWith(prefix) || value === undefined) continue;
    result = withValue(result, variable.slice(prefix.length).split('__'), scalar(value));
  }
  return result;
}

// In the casing of the schemas. The real host takes names in any case.
const names = [
  'version',
  'functionTimeout',
  'extensions',
  'http',
  'routePrefix',
  'customHeaders',
  'queues',
  'batchSize',
  'newBatchThreshold',
  'maxDequeueCount',
  'visibilityTimeout',
  'maxPollingInterval',
  'messageEncoding',
  'durableTask',
  'hubName',
  'defaultVersion',
  'versionMatchStrategy',
  'versionFailureStrategy',
  'overridableExistingInstanceStates',
  'maxConcurrentActivityFunctions',
  'maxConcurrentOrchestratorFunctions',
  'maxOrchestrationActions',
  'logging',
  'logLevel',
];
const nameByLowerCase = new Map(names.map((name) => [name.toLowerCase(), name]));

/** Returns a JSON value with the known names in the casing of the schemas. */
function withKnownNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      nameByLowerCase.get(name.toLowerCase()) ?? name,
      withKnownNames(member),
    ]),
  );
}

function withValue(target: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const members: Record<string, unknown> =
    typeof target === 'object' && target !== null ? { ...target } : {};
  const key =
    Object.keys(members).find((known) => known.toLowerCase() === name.toLowerCase()) ?? name;
  members[key] = withValue(members[key], rest, value);
  return members;
}

function scalar(text: string): unknown {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/**
 * Replaces every `%NAME%` in the texts of a JSON value with that setting.
 * @param source the name of the file or function for the error message
 * @throws HostStartError when a setting is missing
 */
function resolveSettings(value: unknown, environment: NodeJS.ProcessEnv, source: string): unknown {
  if (typeof value === 'string') return resolveText(value, environment, source);
  if (Array.isArray(value))
    return value.map((entry: unknown) => resolveSettings(entry, environment, source));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      resolveSettings(member, environment, source),
    ]),
  );
}

/** Replaces every `%NAME%` in a text with that setting; see `resolveSettings`. */
export function resolveText(text: string, environment: NodeJS.ProcessEnv, source: string): string {
  return text.replaceAll(/%([A-Za-z_][\w.:-]*)%/g, (placeholder, name: string) => {
    const value = environment[name];
    if (value === undefined)
      throw new HostStartError(
        `${source}: the setting of ${placeholder} is missing; set ${name} in local.settings.json or in the environment`,
      );
    return value;
  });
}

/**
 * Returns the milliseconds of a .NET TimeSpan such as `00:01:30`, `1.00:00:00` or `00:00:00.250`;
 * undefined for other texts.
 */
export function timeSpanMs(text: string): number | undefined {
  const match = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const parts: readonly (string | undefined)[] = match.slice(1, 5);
  const [days, hours, minutes, seconds] = parts.map((part) => Number(part ?? 0));
  if (days === undefined || hours === undefined || minutes === undefined || seconds === undefined)
    return undefined;
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const fraction = Number(`0.${match[5] ?? '0'}`);
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds + fraction) * 1000;
}

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

/** A whole number, which the real host also takes as text. */
export const wholeNumber = (int: z.ZodNumber) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value),
    int,
  );

/** One of some texts, in any case. */
export const anyCase = <const T extends string>(values: readonly T[]) =>
  z.string().transform((text, context): T => {
    const found = values.find((value) => value.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue(`'${text}' is none of ${values.join(', ')}`);
    return z.NEVER;
  });

const queuesSchema = z
  .looseObject({
    batchSize: wholeNumber(z.int().min(1).max(32)).default(16),
    newBatchThreshold: wholeNumber(z.int().min(0)).optional(),
    maxDequeueCount: wholeNumber(z.int().min(1)).default(5),
    visibilityTimeout: timeSpan.prefault('00:00:00'),
    // One minute on Azure. The real host uses two seconds in local development.
    maxPollingInterval: timeSpan.prefault('00:00:02'),
    messageEncoding: anyCase(['base64', 'none']).prefault('base64'),
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

// The rule of the Azure Storage provider.
const hubName = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9]{2,44}$/,
    'a task hub name has 3 to 45 letters and digits, a letter first',
  );

const hostJsonSchema = z.looseObject({
  version: z.literal('2.0', 'must be "2.0"'),
  // Without a limit when it is missing or -1.
  functionTimeout: z.preprocess(
    (value) => (String(value) === '-1' ? undefined : value),
    timeSpan.optional(),
  ),
  extensions: z
    .looseObject({
      http: z
        .looseObject({
          routePrefix: z.string().default('api'),
          customHeaders: z.record(z.string(), z.string()).default({}),
        })
        .prefault({}),
      queues: queuesSchema.prefault({}),
      durableTask: z.looseObject({ hubName: hubName.optional() }).default({}),
    })
    .prefault({}),
  logging: z.looseObject({ logLevel: z.record(z.string(), logLevel).default({}) }).prefault({}),
});

/** The members of host.json that this host uses, with their defaults. */
export type HostJson = z.infer<typeof hostJsonSchema>;
/** The settings of `extensions.queues` in host.json. */
export type QueueSettings = z.infer<typeof queuesSchema>;

/**
 * Reads the app's host.json. Variables `AzureFunctionsJobHost__a__b` override its members;
 * `%SETTING%` is resolved.
 * @throws HostStartError when the file is missing, is not JSON or has a bad member
 */
export function readHostJson(appDir: string, environment: NodeJS.ProcessEnv): HostJson {
  const file = join(appDir, 'host.json');
  const resolved = resolveSettings(
    overrideHostJson(withKnownNames(parseJson(file)), environment),
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
    return parseLaxJson(text);
  } catch (error) {
    throw new HostStartError(
      `${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}
