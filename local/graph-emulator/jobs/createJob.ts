import { z } from 'zod';
import { GraphError } from '../graphResponse.ts';
import type { JobStore } from './jobStore.ts';
import type { JobRecord } from './jobRecord.ts';
import { type Scenario, workloadSchema } from '../scenario.ts';

const bodySchema = z.looseObject({
  displayName: z.string().min(1),
  completeAfterDateTime: z.iso.datetime({ offset: true }),
  sourceTenantId: z.guid(),
  resourceType: z.string().regex(/^users$/i, 'only Users'),
  resources: z.array(z.guid()).min(1),
  workloads: z.array(workloadSchema).min(1).optional(),
  exchangeSettings: z
    .looseObject({ sourceEndpoint: z.string().min(1), targetDeliveryDomain: z.string().min(1) })
    .nullish(),
});

/** Creates a job from the body of a request (Graph: create job). Throws a GraphError. */
export function createJob(
  body: unknown,
  jobs: JobStore,
  scenario: Scenario,
  createdBy: string,
  nowMs: number,
): JobRecord {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    throw new GraphError(
      400,
      'BadRequest',
      'The request body is not a crossTenantMigrationJob.',
      parsed.error.issues.map(({ path, message }) => ({
        code: 'invalidProperty',
        target: path.join('.'),
        message,
      })),
    );
  }
  const { displayName, completeAfterDateTime, sourceTenantId, resources, exchangeSettings } =
    parsed.data;
  const offered = workloadSchema.options.filter(
    (workload) => workload !== 'Meeting' || scenario.switches.meetingWorkload,
  );
  const workloads = parsed.data.workloads ?? offered;
  const unknown = workloads.find((workload) => !offered.includes(workload));
  if (unknown !== undefined) {
    const message = `The workload ${unknown} is not supported.`;
    throw new GraphError(400, 'BadRequest', message, [
      { code: 'invalidProperty', target: 'workloads', message },
    ]);
  }
  if (
    workloads.includes('Exchange') &&
    (exchangeSettings === undefined || exchangeSettings === null)
  ) {
    throw new GraphError(400, 'BadRequest', 'exchangeSettings is required for Exchange.', [
      { code: 'missingProperty', target: 'exchangeSettings', message: 'required' },
    ]);
  }
  const unprocessable = (code: string, target: string, message: string): GraphError =>
    new GraphError(422, 'BadArgument', message, [{ code, target, message }]);
  if (jobs.findByName(displayName) !== undefined)
    throw unprocessable(
      'duplicateDisplayNameJob',
      'displayName',
      'The display name is already used by another job.',
    );
  if (Date.parse(completeAfterDateTime) <= nowMs)
    throw unprocessable(
      'minThresholdFailed',
      'completeAfterDateTime',
      'The value must be later than now.',
    );
  if (resources.length > scenario.switches.maxUsersPerJob) {
    throw unprocessable(
      'maxThresholdFailed',
      'resources',
      `A job takes at most ${String(scenario.switches.maxUsersPerJob)} users.`,
    );
  }
  const id = jobs.newId();
  jobs.add(id, {
    kind: 'created',
    atMs: nowMs,
    job: {
      id,
      displayName,
      sourceTenantId: sourceTenantId.toLowerCase(),
      targetTenantId: scenario.targetTenantId,
      completeAfterDateTime,
      exchangeSettings: exchangeSettings ?? null,
      workloads,
      resources: [...new Set(resources.map((resource) => resource.toLowerCase()))],
      createdBy,
    },
  });
  const record = jobs.find(id);
  if (record === undefined) throw new Error(`the job ${id} was not stored`);
  if (scenario.switches.autoMigrateOnCreate) jobs.add(id, { kind: 'migrate', atMs: nowMs });
  else if (scenario.switches.autoValidateOnCreate)
    jobs.add(id, { kind: 'validate', atMs: nowMs, busy: jobs.busyUsers(record, nowMs) });
  return record;
}
