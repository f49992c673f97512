import { z } from 'zod';
import { createJob } from './createJob.ts';
import { type GraphAnswer, GraphRefusal } from './graphAnswer.ts';
import {
  cancel,
  cancelUser,
  migrate,
  remove,
  type Target,
  update,
  validate,
} from './jobActions.ts';
import type { JobBook } from './jobBook.ts';
import { jobBody, type JobRecord } from './jobRecord.ts';
import { pageOf } from './paging.ts';
import type { Scenario } from './scenario.ts';
import type { MoveQueue } from './sharePoint/moveQueue.ts';
import { userTaskAt } from './userTask.ts';

/** A request to the collection of jobs, already authorised. `path` is what follows `crossTenantMigrationJobs`. */
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

/** Finds the operation of a request and carries it out. Throws a GraphRefusal. */
export function answerJobs(
  request: JobsRequest,
  book: JobBook,
  scenario: Scenario,
  queue: MoveQueue,
): GraphAnswer {
  const { method, nowMs } = request;
  const { key, rest } = splitPath(request.path);
  if (key === undefined) {
    if (rest.length === 0 && method === 'GET') return listJobs(request, book, scenario);
    if (rest.length === 0 && method === 'POST') {
      const record = createJob(request.body, book, scenario, request.clientId, nowMs);
      return {
        status: 201,
        body: {
          '@odata.context': `${context}/$entity`,
          ...jobBody(book, scenario, record, nowMs, { withResources: true }),
        },
        effect: `create ${record.job.id}`,
      };
    }
    if (rest[0] === '$count' && method === 'GET')
      return { status: 200, text: String(visible(book, scenario, nowMs).length) };
    throw notAllowed();
  }
  if (
    key.kind === 'segment' &&
    key.value.toLowerCase() === 'validate' &&
    rest.length === 0 &&
    method === 'POST'
  ) {
    if (!scenario.switches.legacyValidate) throw notAllowed();
    const record = createJob(request.body, book, scenario, request.clientId, nowMs);
    if (!scenario.switches.autoValidateOnCreate) validate({ book, scenario, record, nowMs });
    return {
      status: 201,
      body: {
        '@odata.context': `${context}/$entity`,
        ...jobBody(book, scenario, record, nowMs, { withResources: true }),
      },
      effect: `create ${record.job.id}`,
    };
  }
  const record = key.kind === 'name' ? book.findByName(key.value) : book.find(key.value);
  if (record === undefined || !isVisible(book, scenario, record, nowMs)) throw notFound();
  const target = { book, scenario, record, nowMs };
  const [part, user, action] = rest;
  if (part === undefined) return answerJob(target, method, request.body);
  if (rest.length === 1 && method === 'POST') {
    switch (part.toLowerCase()) {
      case 'validate':
        return validate(target);
      case 'migrate':
        queue.admitJob(record, nowMs);
        return migrate(target);
      case 'cancel':
        return cancel(target);
    }
  }
  if (part.toLowerCase() !== 'users') throw notFound();
  return answerUsers(target, request, user?.toLowerCase(), action?.toLowerCase());
}

function answerJob(target: Target, method: string, body: unknown): GraphAnswer {
  const { book, record, nowMs, scenario } = target;
  switch (method) {
    case 'GET': {
      const job = jobBody(book, scenario, record, nowMs);
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

function answerUsers(
  target: Target,
  { method, url, body }: JobsRequest,
  user: string | undefined,
  action: string | undefined,
): GraphAnswer {
  const { book, scenario, record, nowMs } = target;
  const course = book.course(record);
  const usersContext = `${context}('${record.job.id}')/users`;
  if (user === undefined) {
    if (method === 'POST') return writeUser(target, body, undefined);
    if (method !== 'GET') throw notAllowed();
    const { items, nextLink } = pageOf(course.users, (id) => id, {
      url,
      pageSize: scenario.pageSize,
      emptyFirstPage: scenario.switches.emptyFirstPage,
    });
    const value = items.map((id) => userTaskAt(record, scenario, course, id, nowMs));
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
    return { status: 200, text: String(course.users.length) };
  if (action === 'cancel' && method === 'POST') return cancelUser(target, user);
  if (action !== undefined) throw notFound();
  if (method === 'PATCH') return writeUser(target, body, user);
  if (method !== 'GET') throw notAllowed();
  if (!course.users.includes(user)) throw notFound();
  const task = userTaskAt(record, scenario, course, user, nowMs);
  return {
    status: 200,
    body: scenario.switches.wrapSingleEntities
      ? { value: task }
      : { '@odata.context': `${usersContext}/$entity`, ...task },
  };
}

/** The scaffolded writes of user tasks: only where the scenario says that this tenant has them. */
function writeUser(
  { book, scenario, record, nowMs }: Target,
  body: unknown,
  user: string | undefined,
): GraphAnswer {
  if (!scenario.switches.userTaskWrites) throw notAllowed();
  const given = z.looseObject({ id: z.guid().optional() }).safeParse(body);
  if (!given.success)
    throw new GraphRefusal(
      400,
      'BadRequest',
      'The request body is not a crossTenantMigrationTask.',
    );
  const id = user ?? given.data.id?.toLowerCase() ?? book.newId();
  const course = book.course(record);
  if (user !== undefined && !course.users.includes(user)) throw notFound();
  if (user === undefined && course.users.includes(id))
    throw new GraphRefusal(409, 'Conflict', `The user ${id} is in the job already.`);
  if (user === undefined) book.add(record.job.id, { kind: 'addUser', atMs: nowMs, user: id });
  const task = userTaskAt(record, scenario, book.course(record), id, nowMs);
  return {
    status: user === undefined ? 201 : 200,
    body: { ...task, ...given.data, id },
    effect: user === undefined ? 'addUser' : 'updateUser',
  };
}

function listJobs({ url, nowMs }: JobsRequest, book: JobBook, scenario: Scenario): GraphAnswer {
  const { items, nextLink } = pageOf(visible(book, scenario, nowMs), ({ job }) => job.id, {
    url,
    pageSize: scenario.pageSize,
    emptyFirstPage: scenario.switches.emptyFirstPage,
  });
  return {
    status: 200,
    body: {
      '@odata.context': context,
      ...(nextLink === undefined ? {} : { '@odata.nextLink': nextLink }),
      value: items.map((record) => jobBody(book, scenario, record, nowMs)),
    },
  };
}

function visible(book: JobBook, scenario: Scenario, nowMs: number): readonly JobRecord[] {
  return book.all().filter((record) => isVisible(book, scenario, record, nowMs));
}

function isVisible(
  book: JobBook,
  { switches }: Scenario,
  record: JobRecord,
  nowMs: number,
): boolean {
  return switches.deletedStaysVisible || book.step(record, nowMs).status !== 'deleted';
}

interface Key {
  readonly kind: 'segment' | 'name';
  readonly value: string;
}

/** `/{id}`, `/{displayName}`, `('{id}')` or `(displayName='…')`, then the rest of the path. */
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
    .filter((part) => part !== '');
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new GraphRefusal(400, 'BadRequest', 'The address is not well encoded.');
  }
}

function notFound(): GraphRefusal {
  return new GraphRefusal(404, 'ResourceNotFound', 'The requested resource was not found.');
}

function notAllowed(): GraphRefusal {
  return new GraphRefusal(
    405,
    'MethodNotAllowed',
    'The HTTP method is not supported for this resource.',
  );
}
