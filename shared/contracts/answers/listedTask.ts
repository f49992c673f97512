import { z } from 'zod';
import { explainedErrorSchema, taskFailureSchema } from '../failure.ts';
import { serviceStatusSchema, taskSchema } from '../task.ts';

/** One workload of a task, every error of it explained; a workload that failed without an error has one of code `NoCode`. */
export const listedServiceSchema = serviceStatusSchema.extend({
  errors: z.array(explainedErrorSchema),
});
export type ListedService = z.infer<typeof listedServiceSchema>;

/** One user of a migration, as `GET /migrations/{id}/tasks` lists it. */
export const listedTaskSchema = taskSchema.extend({
  services: z.array(listedServiceSchema),
  validation: z.array(listedServiceSchema),
  /** Null unless the task has failed, is invalid, or has a workload that fails while others go on. */
  failure: taskFailureSchema.nullable(),
});
export type ListedTask = z.infer<typeof listedTaskSchema>;
