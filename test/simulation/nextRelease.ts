import { z } from 'zod';
import type {
  Invocation,
  InvocationOutcome,
  Invoke,
  TypedData,
} from '../../local/functions-host/index.ts';
import {
  approvalRequestSchema,
  commandResultSchema,
  commandSchema,
  decisionSchema,
} from '../../shared/contracts/command.ts';
import { batchSchema, migrationSchema } from '../../shared/contracts/migration.ts';
import { rejectionSchema } from '../../shared/contracts/rejection.ts';
import { migrationRequestSchema, requestedUserSchema } from '../../shared/contracts/request.ts';
import { taskSchema } from '../../shared/contracts/task.ts';
import { parseStored } from '../../shared/storage/rows.ts';
import type { Stores } from '../../shared/storage/stores.ts';

/** `head`: the app of this checkout. `next`: the same as a later release would be that has added members and words. */
export type ReleaseName = 'head' | 'next';

/** A release of the app as the others meet it: in histories, in messages between orchestrators and activities, and in stored rows. */
export interface Release {
  readonly name: ReleaseName;
  /** Runs an orchestrator or activity of this release. */
  readonly invoke: (invocation: Invocation, invoke: Invoke) => Promise<InvocationOutcome>;
  /** The stores as this release reads and writes them. */
  readonly stores: <S extends Stores>(stores: S) => S;
}

/** The two releases of a run, which work on the same histories and rows. */
export interface Releases {
  readonly head: Release;
  readonly next: Release;
  /** The rows that the next release has written a member of its own into, as `table key`. */
  readonly marked: ReadonlySet<string>;
}

/** The member that the next release has added to everything. */
export const addedMember = 'addedByNext';
const addedValue = 'kept';
/** What its new words end in. */
const newWord = 'OfNext';
/** Words of the same meaning for an earlier release, by member: the next release writes a word of its own for them now and then. */
const grownWords: Readonly<Record<string, readonly string[]>> = {
  phase: ['syncing', 'moving', 'cuttingOver'],
  needsPerson: ['unknownStatus'],
  need: ['unknownStatus'],
  verdict: ['unconfirmed'],
  outcome: ['unknown'],
};

/** Methods of the stores by which rows are written. */
const writers: Readonly<Record<string, readonly string[]>> = {
  migrations: ['accept', 'update', 'change'],
  batches: ['insertMissing', 'update', 'updateWhen', 'change'],
  tasks: ['insertMissing', 'save'],
  commands: ['add', 'recordResult', 'decide'],
  rejections: ['save'],
  requests: ['saveAdded'],
};

type Read = (value: unknown) => unknown;

const decided = rowOf(decisionSchema);
const approvalOfHead: Read = (value) => ({
  ...membersOf(rowOf(approvalRequestSchema)(value)),
  decision: decided(membersOf(value)['decision']),
});
const bookOfHead: Read = (value) => ({
  ...membersOf(value),
  commands: listOf(rowOf(commandSchema))(membersOf(value)['commands']),
  results: listOf(rowOf(commandResultSchema))(membersOf(value)['results']),
  approvals: listOf(approvalOfHead)(membersOf(value)['approvals']),
});

/** How the release of this checkout reads rows: by the schemas by which the tables read them. */
const readers: Readonly<Record<string, Read>> = {
  'migrations get': rowOf(migrationSchema),
  'migrations list': pageOf(rowOf(migrationSchema)),
  'batches get': rowOf(batchSchema),
  'batches list': listOf(rowOf(batchSchema)),
  'tasks get': rowOf(taskSchema),
  'tasks find': rowOf(taskSchema),
  'tasks listBatch': listOf(rowOf(taskSchema)),
  'tasks list': pageOf(rowOf(taskSchema)),
  'commands readLog': bookOfHead,
  'commands readBatchLog': bookOfHead,
  'commands recordResult': rowOf(commandResultSchema),
  'commands decide': decided,
  'requests load': (value) => parseStored(migrationRequestSchema, value),
  'requests loadAdded': (value) => parseStored(z.array(requestedUserSchema), value),
  'rejections list': pageOf(rowOf(rejectionSchema)),
  'rejections get': (value) =>
    value === undefined
      ? undefined
      : { ...membersOf(value), rejection: rowOf(rejectionSchema)(membersOf(value)['rejection']) },
};
/** What a change is made of. */
const basis: Readonly<Record<string, Read>> = {
  migrations: rowOf(migrationSchema),
  batches: rowOf(batchSchema),
};

/** Both releases; `nowAndThen` says each time whether the next one writes a word that the other does not know. */
export function createReleases(nowAndThen: () => boolean): Releases {
  const marked = new Set<string>();
  return {
    head: {
      name: 'head',
      invoke: (invocation, invoke) => invoke(invocation),
      stores: (stores) => wrapped(stores, headMethod),
    },
    next: {
      name: 'next',
      invoke: (invocation, invoke) => invokeNext(invocation, invoke, nowAndThen),
      stores: (stores) => wrapped(stores, nextMethod(nowAndThen, marked)),
    },
    marked,
  };
}

/** The only release of a run without deployments. */
export const onlyRelease: Release = {
  name: 'head',
  invoke: (invocation, invoke) => invoke(invocation),
  stores: (stores) => stores,
};

async function invokeNext(
  invocation: Invocation,
  invoke: Invoke,
  nowAndThen: () => boolean,
): Promise<InvocationOutcome> {
  const inputData = invocation.inputData.map(({ name, data }) => ({
    name,
    data: withText(data, withoutAdditions),
  }));
  const outcome = await invoke({ ...invocation, inputData });
  if (!outcome.ok || outcome.returnValue === null || outcome.returnValue === undefined)
    return outcome;
  return {
    ...outcome,
    returnValue: withText(outcome.returnValue, (text) => answered(text, nowAndThen)),
  };
}

const stateSchema = z.looseObject({
  isDone: z.boolean(),
  actions: z.array(z.array(z.looseObject({}))),
  output: z.unknown(),
});

/** What an orchestrator asks for, or an activity answers, with what the next release has added to it. */
function answered(text: string, nowAndThen: () => boolean): string {
  const value: unknown = JSON.parse(text);
  const state = stateSchema.safeParse(value);
  if (!state.success) return JSON.stringify(withAdditions(value, nowAndThen));
  // A replay must ask for the same again: no words that are drawn.
  const never = (): boolean => false;
  const actionOf = (action: unknown): unknown => {
    const { input, compoundActions, ...members } = membersOf(action);
    return {
      ...members,
      ...(input === undefined
        ? {}
        : {
            input:
              typeof input === 'string'
                ? inText(input, (one) => withAdditions(one, never))
                : withAdditions(input, never),
          }),
      ...(Array.isArray(compoundActions) ? { compoundActions: compoundActions.map(actionOf) } : {}),
    };
  };
  return JSON.stringify({
    ...state.data,
    actions: state.data.actions.map((turn) => turn.map(actionOf)),
    ...('output' in state.data ? { output: withAdditions(state.data.output, never) } : {}),
  });
}

/** At any depth of JSON within JSON. */
function withoutAdditions(text: string): string {
  return text.replaceAll(/\\*"addedByNext\\*":\\*"kept\\*",?/g, '').replaceAll(newWord, '');
}

function withText(data: TypedData, change: (text: string) => string): TypedData {
  if (data.string !== undefined) return { string: change(data.string) };
  return data.json === undefined ? data : { json: change(data.json) };
}

/** A text that is JSON, changed; any other as it is. */
function inText(text: string, change: (value: unknown) => unknown): string {
  try {
    return JSON.stringify(change(JSON.parse(text)));
  } catch {
    return text;
  }
}

function withAdditions(value: unknown, nowAndThen: () => boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => withAdditions(one, nowAndThen));
  if (!isPlain(value)) return value;
  const members = Object.entries(value).map(([name, member]): [string, unknown] => {
    if (typeof member === 'string' && grownWords[name]?.includes(member) === true && nowAndThen())
      return [name, `${member}${newWord}`];
    return [name, withAdditions(member, nowAndThen)];
  });
  return { [addedMember]: addedValue, ...Object.fromEntries(members) };
}

/** The value as the next release itself reads it. */
function cleared(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleared);
  if (typeof value === 'string')
    return value.endsWith(newWord) ? value.slice(0, -newWord.length) : value;
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, unknown][] =>
      name === addedMember ? [] : [[name, cleared(member)]],
    ),
  );
}

type Method = (...given: unknown[]) => Promise<unknown>;
type Wrap = (group: string, name: string, method: Method) => Method;

const headMethod: Wrap = (group, name, method) => {
  const read = readers[`${group} ${name}`] ?? ((value) => value);
  const readBasis = basis[group] ?? ((value) => value);
  return async (...given) =>
    read(
      await method(
        ...given.map((one) => (isFunction(one) ? (row: unknown) => one(readBasis(row)) : one)),
      ),
    );
};

const nextMethod =
  (nowAndThen: () => boolean, marked: Set<string>): Wrap =>
  (group, name, method) => {
    if (writers[group]?.includes(name) !== true)
      return async (...given) => cleared(await method(...given));
    const added = (value: unknown): unknown =>
      isFunction(value)
        ? (row: unknown) => withAdditions(value(cleared(row)), nowAndThen)
        : withAdditions(value, nowAndThen);
    return async (...given) => {
      const result = await method(...given.map(added));
      if (result !== false) for (const key of rowsWritten(group, name, given)) marked.add(key);
      return cleared(result);
    };
  };

/** The rows that are certainly written by a call. */
function rowsWritten(
  group: string,
  name: string,
  [first, second]: readonly unknown[],
): readonly string[] {
  if (group === 'migrations' && name !== 'accept') return [`migrations ${String(first)}`];
  if (group === 'batches' && name !== 'insertMissing')
    return [`batches ${String(first)} ${String(second)}`];
  if (group !== 'tasks' || name !== 'save' || !Array.isArray(first)) return [];
  return first.map((task) =>
    [
      'tasks',
      membersOf(task)['migrationId'],
      membersOf(task)['batchId'],
      membersOf(task)['taskId'],
    ].join(' '),
  );
}

function wrapped<S extends Stores>(stores: S, wrap: Wrap): S {
  // A store knows the version of a row by the object that it has handed out: what is read here is a copy of that.
  const originals = new WeakMap<object, unknown>();
  const originalOf = (task: unknown): unknown =>
    typeof task === 'object' && task !== null ? (originals.get(task) ?? task) : task;
  const remember = (copy: unknown, original: unknown): void => {
    if (Array.isArray(copy) && Array.isArray(original))
      for (const [index, one] of copy.entries()) remember(one, original[index]);
    else if (typeof copy === 'object' && copy !== null) originals.set(copy, original);
  };
  const taskMethod =
    (name: string, method: Method): Method =>
    async (...given) => {
      let original: unknown;
      const before = name === 'save' && Array.isArray(given[1]) ? [given[1].map(originalOf)] : [];
      const copy = await wrap(
        'tasks',
        name,
        async (...passed) =>
          (original = await method(...(before.length === 0 ? passed : [passed[0], ...before]))),
      )(...given);
      remember(copy, original);
      return copy;
    };
  const wrappedMethod = (group: string, name: string, method: Method): Method =>
    group === 'tasks' ? taskMethod(name, method) : wrap(group, name, method);
  return proxied(stores, (group, member) =>
    typeof member === 'object' && member !== null
      ? proxied(member, (name, method) =>
          isFunction(method)
            ? wrappedMethod(group, name, (...given) => Promise.resolve(method(...given)))
            : method,
        )
      : member,
  );
}

/** The same object with its members changed, each at its first use. */
function proxied<T extends object>(
  target: T,
  change: (name: string, member: unknown) => unknown,
): T {
  const known = new Map<string | symbol, unknown>();
  return new Proxy(target, {
    get: (_target, property, receiver): unknown => {
      if (!known.has(property))
        known.set(property, change(String(property), Reflect.get(target, property, receiver)));
      return known.get(property);
    },
  });
}

function rowOf(schema: z.ZodObject): Read {
  // A table reads the columns that it knows; what is inside of them is for the schema to judge.
  return (row) =>
    row === undefined
      ? undefined
      : parseStored(
          schema,
          Object.fromEntries(
            Object.keys(schema.shape).map((name) => [name, membersOf(row)[name] ?? null]),
          ),
        );
}

function listOf(read: Read): Read {
  return (rows) => (Array.isArray(rows) ? rows.map(read) : rows);
}

function pageOf(read: Read): Read {
  return (page) => ({ ...membersOf(page), items: listOf(read)(membersOf(page)['items']) });
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isPlain(value) ? value : {};
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

function isFunction(value: unknown): value is (...given: unknown[]) => unknown {
  return typeof value === 'function';
}
