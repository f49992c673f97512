import { z } from 'zod';
import type { Emulator, LoggedRequest } from '../../createEmulator.ts';
import { allFaultKinds } from '../../faults/faultKinds.ts';
import { operationNames } from '../../operationNames.ts';

const schema = z.object({
  value: z.array(
    z.strictObject({
      at: z.string(),
      method: z.string(),
      path: z.string(),
      status: z.number(),
      requestId: z.string(),
      clientRequestId: z.string().nullable(),
      effect: z.string().nullable(),
      operation: z.enum(operationNames),
      fault: z.literal(allFaultKinds).nullable(),
      faultEffect: z.enum(['before', 'after']).nullable(),
      insideRetryAfter: z.boolean(),
    }),
  ),
});

/** Every call that the emulator has seen, without those for tokens. */
export async function callsTo(emulator: Emulator): Promise<readonly LoggedRequest[]> {
  const response = await emulator.fetch(new Request('http://graph.test/_emulator/log'));
  return schema
    .parse(await response.json())
    .value.filter(({ operation }) => operation !== 'requestToken');
}

/** The calls as `operation fault effect status`. */
export async function faultsOf(emulator: Emulator): Promise<readonly string[]> {
  return (await callsTo(emulator)).map(
    ({ operation, fault, faultEffect, status }) =>
      `${operation} ${String(fault)} ${String(faultEffect)} ${String(status)}`,
  );
}
