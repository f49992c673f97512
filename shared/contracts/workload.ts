import { z } from 'zod';

/** The request tokens of the migration engine: mailbox, OneDrive, Teams chats and Teams meetings. */
export const workloadSchema = z.enum(['Teams', 'Exchange', 'ODSP', 'Meeting']);
export type Workload = z.infer<typeof workloadSchema>;
export const allWorkloads: readonly Workload[] = workloadSchema.options;
