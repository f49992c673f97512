import { z } from 'zod';
import { jobStatuses } from '../domain/jobStatus.ts';
import { serviceStatuses } from '../domain/serviceStatus.ts';
import { allWorkloads } from '../contracts/workload.ts';
import { flatErrors } from './errorNodes.ts';
import type { Job, JobTask } from './jobClient.ts';
import { loose, looseInstant, looseText, textOrNull } from './looseText.ts';

const wrapperSchema = z.looseObject({
  value: z.record(z.string(), z.unknown()),
  id: z.undefined().optional(),
});

/** Some pages show a single entity bare, others as `{ "value": { … } }`: either is taken. */
export function unwrapped(body: unknown): unknown {
  const wrapper = wrapperSchema.safeParse(body);
  return wrapper.success ? wrapper.data.value : body;
}

const jobMembers = z.looseObject({
  // Every later call carries it in its address, which takes nothing else.
  id: z.guid(),
  status: z.string().min(1),
  displayName: looseText,
  message: looseText,
  completeAfterDateTime: looseInstant,
  sourceTenantId: textOrNull,
  resources: loose((value) =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [],
  ),
  lastUpdatedDateTime: looseInstant,
});

function jobOf({
  id,
  displayName,
  status,
  message,
  completeAfterDateTime,
  sourceTenantId,
  resources,
  lastUpdatedDateTime,
}: z.output<typeof jobMembers>): Job {
  return {
    id,
    displayName,
    status: normalised(status, jobStatuses),
    message,
    completeAfterDateTime,
    sourceTenantId,
    resources,
    lastUpdatedDateTime,
  };
}

/** `crossTenantMigrationJob` (Graph: resource type). Only the id and the status must be there; what only informs may be anything. */
export const jobSchema = jobMembers.transform(jobOf);

/** The job in the answer to a create: that it has an id says that it is there. */
export const createdJobSchema = jobMembers.extend({ status: looseText }).transform(jobOf);

const serviceMembers = z.looseObject({
  service: looseText,
  status: looseText,
  message: looseText,
  errors: loose(flatErrors),
});

/** A service that cannot be read stays in the list, with a status that is no end: without it the user would look finished. */
const serviceSchema = loose((value): JobTask['services'][number] => {
  const { service, status, message, errors } = serviceMembers.safeParse(value).data ?? {
    service: '',
    status: '',
    message: '',
    errors: [],
  };
  return {
    service: normalised(service, allWorkloads),
    status: normalised(status, serviceStatuses),
    message,
    errors,
  };
});

/** `crossTenantMigrationTask` (Graph: resource type). */
export const jobTaskSchema = z
  .looseObject({
    id: z.string().min(1),
    lastUpdatedDateTime: looseInstant,
    currentStatus: z.array(serviceSchema).nullish(),
  })
  .transform(({ id, lastUpdatedDateTime, currentStatus }): JobTask => ({
    id: id.toLowerCase(),
    lastUpdatedDateTime,
    services: currentStatus ?? [],
  }));

/** The known spelling of a name that came in another case (`Canceled` is `cancelled`); an unknown one as it came. */
export function normalised(value: string, known: readonly string[]): string {
  const lower = value.toLowerCase() === 'canceled' ? 'cancelled' : value.toLowerCase();
  return known.find((name) => name.toLowerCase() === lower) ?? value;
}
