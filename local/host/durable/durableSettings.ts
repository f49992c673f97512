import { z } from 'zod';

const count = z.int().min(1);

/** The members of host.json's `extensions.durableTask` that this host heeds; the others are for Azure alone. */
const settingsSchema = z.looseObject({
  hubName: z.string().default('TestHubName'),
  defaultVersion: z.string().default(''),
  versionMatchStrategy: z.enum(['None', 'Strict', 'CurrentOrOlder']).default('CurrentOrOlder'),
  versionFailureStrategy: z.enum(['Reject', 'Fail']).default('Reject'),
  maxConcurrentActivityFunctions: count.default(20),
  maxConcurrentOrchestratorFunctions: count.default(20),
  maxOrchestrationActions: count.default(100_000),
});
export type DurableSettings = z.infer<typeof settingsSchema>;

/** Parses host.json's `extensions.durableTask`; throws a ZodError that names the bad member. */
export function parseDurableSettings(settings: Readonly<Record<string, unknown>>): DurableSettings {
  return settingsSchema.parse(settings);
}
