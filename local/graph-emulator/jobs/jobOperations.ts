import { z } from 'zod';
import { createJob } from './createJob.ts';
import { type GraphResponse, GraphError } from '../graphResponse.ts';
import {
  cancel,
  cancelUser,
  migrate,
  remove,
  type JobTarget,
  update,
  validate,
} from './jobActions.ts';
import type { JobStore } from './jobStore.ts';
import { jobBody } from './jobBody.ts';
import type { JobRecord } from './jobRecord.ts';
import { pageOf } from '../paging.ts';
import type { Scenario } from '../scenario.ts';
import type { MigrationQueue } from '../sharePoint/migrationQueue.ts';
import { userTaskAt } from './userTask.ts';

/** An authorised request to the collection of jobs. `path` is the part after `crossTenantMigrationJobs`. */
export interface JobsRequest {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  readonly body: unknown;
  readonly clientId: string;
  readonly nowMs: number;
}

const context =
  'https://graph.microsoft.com/v1.0/$metadata#solutions/migrations/crossTenantMigrationJobs';

/** Executes the operation that a request names. Throws a GraphError. */
export function handleJobs(
  request: JobsRequest,
  jobs: JobStore,
  scenario: Scenario,
  queue: MigrationQueue,
): GraphResponse {
  const { method, nowMs } = request;
  const { key, rest } = splitPath(request.path);
  if (key === undefined) {
    if (rest.length === 0 && method === 'GET') return listJobs(request, jobs, scenario);
    if (rest.length === 0 && method === 'POST') {
      const record = createJob(request.body, jobs, scenario, request.clientId, nowMs);
      return {
        status: 201,
        body: {
          '@odata.context': `${context}/$entity`,
          ...jobBody(jobs, scenario, record, nowMs, { withResources: true }),
        },
        effect: `create ${record.job.id}`,
      };
    }
    if (rest[0] === '$count' && method === 'GET')
      return { status: 200, text: String(visible(jobs, scenario, nowMs).length) };
    throw notAllowed();
  }
  if (
    key.kind === 'segment' &&
    key.value.toLowerCase() === 'validate' &&
    rest.length === 0 &&
    method === 'POST'
  ) {
    if (!scenario.switches.legacyValidate) throw notAllowed();
    const record = createJob(request.body, jobs, scenario, request.clientId, nowMs);
    if (!scenario.switches.autoValidateOnCreate) validate({ jobs, scenario, record, nowMs });
    return {
      status: 201,
      body: {
        '@odata.context': `${context}/$entity`,
        ...jobBody(jobs, scenario, record, nowMs, { withResources: true }),
      },
      effect: `create ${record.job.id}`,
    };
  }
  const record = key.kind === 'name' ? jobs.findByName(key.value) : jobs.find(key.value);
  if (record === undefined || !isVisible(jobs, scenario, record, nowMs)) throw notFound();
  const target = { jobs, scenario, record, nowMs };
  const [segment, user, action] = rest;
  if (segment === undefined) return handleJob(target, method, request.body);
  if (rest.length === 1 && method === 'POST') {
    switch (segment.toLowerCase()) {
      case 'validate':
        return validate(target);
      case 'migrate':
        queue.admitJob(record, nowMs);
        return migrate(target);
      case 'cancel':
        return cancel(target);
    }
  }
  if (segment.toLowerCase() !== 'users') throw notFound();
  return handleUsers(target, request, user?.toLowerCase(), action?.toLowerCase());
}

function handleJob(target: JobTarget, method: string, body: unknown): GraphResponse {
  const { jobs, record, nowMs, scenario } = target;
  switch (method) {
    case 'GET': {
      const job = jobBody(jobs, scenario, record, nowMs);
      return {
        status: 200,
        body: scenario.switches.wrapSingleEntities
          ? { value: job }
          : { '@odata.context': `${context}/$entity`, ...job },
      };
    }
    case 'PATCH':
      return update(target, body);
    case 'DELETE':
      return remove(target);
    default:
      throw notAllowed();
  }
}

function handleUsers(
  target: JobTarget,
  { method, url, body }: JobsRequest,
  user: string | undefined,
  action: string | undefined,
): GraphResponse {
  const { jobs, scenario, record, nowMs } = target;
  const timeline = jobs.timeline(record);
  const usersContext = `${context}('${record.job.id}')/users`;
  if (user === undefined) {
    if (method === 'POST') return writeUser(target, body, undefined);
    if (method !== 'GET') throw notAllowed();
    const { items, nextLink } = pageOf(timeline.users, (id) => id, {
      url,
      pageSize: scenario.pageSize,
      emptyFirstPage: scenario.switches.emptyFirstPage,
    });
    const value = items.map((id) => userTaskAt(record, scenario, timeline, id, nowMs));
    return {
      status: 200,
      body: {
        '@odata.context': usersContext,
        ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
        value,
      },
    };
  }
  if (user === '$count' && method === 'GET')
    return { status: 200, text: String(timeline.users.length) };
  if (action === 'cancel' && method === 'POST') return cancelUser(target, user);
  if (action !== undefined) throw notFound();
  if (method === 'PATCH') return writeUser(target, body, user);
  if (method !== 'GET') throw notAllowed();
  if (!timeline.users.includes(user)) throw notFound();
  const task = userTaskAt(record, scenario, timeline, user, nowMs);
  return {
    status: 200,
    body: scenario.switches.wrapSingleEntities
      ? { value: task }
      : { '@odata.context': `${usersContext}/$entity`, ...task },
  };
}

/** Creates or updates a user task. Only tenants with the switch `userTaskWrites` have these operations. */
function writeUser(
  { jobs, scenario, record, nowMs }: JobTarget,
  body: unknown,
  user: string | undefined,
): GraphResponse {
  if (!scenario.switches.userTaskWrites) throw notAllowed();
  const given = z.looseObject({ id: z.guid().optional() }).safeParse(body);
  if (!given.success)
    throw new GraphError(400, 'BadRequest', 'The request body is not a crossTenantMigrationTask.');
  const id = user ?? given.data.id?.toLowerCase() ?? jobs.newId();
  const timeline = jobs.timeline(record);
  if (user !== undefined && !timeline.users.includes(user)) throw notFound();
  if (user === undefined && timeline.users.includes(id))
    throw new GraphError(409, 'Conflict', `The user ${id} is already in the job.`);
  if (user === undefined) jobs.add(record.job.id, { kind: 'addUser', atMs: nowMs, user: id });
  const task = userTaskAt(record, scenario, jobs.timeline(record), id, nowMs);
  return {
    status: user === undefined ? 201 : 200,
    body: { ...task, ...given.data, id },
    effect: user === undefined ? 'addUser' : 'updateUser',
  };
}

function listJobs({ url, nowMs }: JobsRequest, jobs: JobStore, scenario: Scenario): GraphResponse {
  const { items, nextLink } = pageOf(visible(jobs, scenario, nowMs), ({ job }) => job.id, {
    url,
    pageSize: scenario.pageSize,
    emptyFirstPage: scenario.switches.emptyFirstPage,
  });
  return {
    status: 200,
    body: {
      '@odata.context': context,
      ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
      value: items.map((record) => jobBody(jobs, scenario, record, nowMs)),
    },
  };
}

function visible(jobs: JobStore, scenario: Scenario, nowMs: number): readonly JobRecord[] {
  return jobs.all().filter((record) => isVisible(jobs, scenario, record, nowMs));
}

function isVisible(
  jobs: JobStore,
  { switches }: Scenario,
  record: JobRecord,
  nowMs: number,
): boolean {
  return switches.deletedStaysVisible || jobs.stepAt(record, nowMs).status !== 'deleted';
}

interface Key {
  readonly kind: 'segment' | 'name';
  readonly value: string;
}

/** Splits a path into its key (`/{id}`, `/{displayName}`, `('{id}')` or `(displayName='…')`) and the segments after it. */
function splitPath(encoded: string): { readonly key?: Key; readonly rest: readonly string[] } {
  const path = decoded(encoded);
  const named = /^\((?:displayName=)?'((?:[^']|'')*)'\)/i.exec(path);
  if (named !== null) {
    const [whole, name = ''] = named;
    return {
      key: {
        kind: /^\(displayName/i.test(whole) ? 'name' : 'segment',
        value: name.replaceAll("''", "'"),
      },
      rest: segments(path.slice(whole.length)),
    };
  }
  const [key, ...rest] = segments(encoded).map(decoded);
  if (key === undefined || key.startsWith('$')) return { rest: key === undefined ? [] : [key] };
  return { key: { kind: 'segment', value: key }, rest };
}

function segments(path: string): string[] {
  return path
    .replace(/\/users\('([^']*)'\)/i, '/users/$1')
    .split('/')
    .filter((segment) => segment !== '');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new GraphError(400, 'BadRequest', 'The URL is not encoded correctly.');
  }
}

function notFound(): GraphError {
  return new GraphError(404, 'ResourceNotFound', 'The requested resource was not found.');
}

function notAllowed(): GraphError {
  return new GraphError(
    405,
    'MethodNotAllowed',
    'The HTTP method is not supported for this resource.',
  );
}
