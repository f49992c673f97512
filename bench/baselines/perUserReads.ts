import { z } from 'zod';

const resourceSchema = z.looseObject({
  status: z.string().optional(),
  currentStatus: z.unknown().optional(),
});

/** What a look costs that asks for each user by itself and keeps what it sees in any case. */
export interface PerUserLook {
  readonly graphCalls: number;
  readonly rowsWritten: number;
}

/** Looks once at a job and at each of its users: `get` is a GET below the collection of jobs, `write` keeps one row. */
export async function lookPerUser(options: {
  readonly jobId: string;
  readonly userIds: readonly string[];
  readonly get: (path: string) => Promise<unknown>;
  readonly write: (row: { readonly userId: string; readonly seen: unknown }) => void;
}): Promise<PerUserLook> {
  const { jobId, userIds, get, write } = options;
  resourceSchema.parse(await get(`/${jobId}`));
  for (const userId of userIds) {
    const task = resourceSchema.parse(await get(`/${jobId}/users/${userId}`));
    write({ userId, seen: task.currentStatus });
  }
  return { graphCalls: 1 + userIds.length, rowsWritten: userIds.length };
}
