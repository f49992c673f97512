import { z } from 'zod';

const jobsSchema = z.object({ value: z.array(z.object({ displayName: z.string() })) });

/** The names of all jobs that the Graph emulator has ever created. */
export async function jobNames(graphUrl: string): Promise<string[]> {
  const response = await fetch(`${graphUrl}/_emulator/jobs`);
  return jobsSchema.parse(await response.json()).value.map(({ displayName }) => displayName);
}

const logSchema = z.object({ value: z.array(z.object({ effect: z.string().nullable() })) });

/** Everything that calls to the Graph emulator have changed, in words, oldest first. */
export async function effects(graphUrl: string): Promise<string[]> {
  const response = await fetch(`${graphUrl}/_emulator/log`);
  return logSchema
    .parse(await response.json())
    .value.flatMap(({ effect }) => (effect === null ? [] : [effect]));
}
