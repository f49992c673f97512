import type { DurableClient } from 'durable-functions';
import type { InstanceState } from '../shared/intake/resumeStopped.ts';

const endStates: readonly string[] = ['Completed', 'Failed', 'Terminated', 'Canceled'];

/** Whether an orchestration runs, has ended, or is not there. Throws when Durable does not say. */
export async function statusOf(client: DurableClient, instanceId: string): Promise<InstanceState> {
  try {
    const { runtimeStatus } = await client.getStatus(instanceId, { showInput: false });
    return endStates.includes(runtimeStatus) ? 'ended' : 'alive';
  } catch (error) {
    // The library has no other sign for it.
    if (error instanceof Error && /replied with HTTP 404\b/.test(error.message)) return 'missing';
    throw error;
  }
}
