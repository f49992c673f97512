import { z } from 'zod';
import { jobStatuses } from '../domain/jobStatus.ts';
import { serviceStatuses } from '../domain/serviceStatus.ts';
import { allWorkloads } from '../contracts/workload.ts';
import type { Job, JobTask } from './jobClient.ts';
import { looseText } from './looseText.ts';

const wrapperSchema = z.looseObject({ value: z.record(z.string(), z.unknown()), id: z.undefined().optional() });

/** Some pages show a single entity bare, others as `{ "value": { … } }`: either is taken. */
export function unwrapped(body: unknown): unknown {
  const wrapper = wrapperSchema.safeParse(body);
  return wrapper.success ? wrapper.data.value : body;
}

/** `crossTenantMigrationJob` (Graph: resource type). Members that the app does not use are ignored, empty ones allowed. */
export const jobSchema = z
  .looseObject({
    id: z.string().min(1),
    displayName: looseText,
    status: looseText,
    message: looseText,
    completeAfterDateTime: z.string().nullish(),
    sourceTenantId: z.string().nullish(),
    resources: z.array(z.string()).nullish(),
    lastUpdatedDateTime: z.string().nullish(),
  })
  .transform(
    (job): Job => ({
      id: job.id,
      displayName: job.displayName,
      status: normalised(job.status, jobStatuses),
      message: job.message,
      completeAfterDateTime: job.completeAfterDateTime ?? null,
      sourceTenantId: job.sourceTenantId ?? null,
      resources: job.resources ?? [],
      lastUpdatedDateTime: job.lastUpdatedDateTime ?? null,
    }),
  );

/** `crossTenantMigrationTask` (Graph: resource type). */
export const jobTaskSchema = z
  .looseObject({
    id: z.string().min(1),
    lastUpdatedDateTime: z.string().nullish(),
    currentStatus: z
      .array(
        z.looseObject({
          service: looseText,
          status: looseText,
          message: looseText,
          errors: z.array(z.looseObject({ code: looseText, message: looseText })).nullish(),
        }),
      )
      .nullish(),
  })
  .transform(
    (task): JobTask => ({
      id: task.id.toLowerCase(),
      lastUpdatedDateTime: task.lastUpdatedDateTime ?? null,
      services: (task.currentStatus ?? []).map(({ service, status, message, errors }) => ({
        service: normalised(service, allWorkloads),
        status: normalised(status, serviceStatuses),
        message,
        errors: (errors ?? []).map((error) => ({ code: error.code, message: error.message })),
      })),
    }),
  );

/** The known spelling of a name that came in another case (`Canceled` is `cancelled`); an unknown one as it came. */
export function normalised(value: string, known: readonly string[]): string {
  const lower = value.toLowerCase() === 'canceled' ? 'cancelled' : value.toLowerCase();
  return known.find((name) => name.toLowerCase() === lower) ?? value;
}
