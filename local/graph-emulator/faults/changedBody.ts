import { seededFraction } from '../seededRandom.ts';
import type { SelectedFault } from './faultSelector.ts';
import type { GraphCall } from './graphCall.ts';

type Members = Readonly<Record<string, unknown>>;

/** Marks the second request for a page, to which no paging fault applies. */
const again = '$again';

/** Returns the body as a fault changes it; undefined when there is nothing to change. */
export function changedBody(
  { fault, seedText }: SelectedFault,
  call: GraphCall,
  body: object,
): object | undefined {
  switch (fault.kind) {
    case 'repeatedPage':
      return withSecondRequest(call, (link) => ({ ...body, '@odata.nextLink': link }));
    case 'emptyPage':
      return withSecondRequest(call, (link) => ({ ...body, value: [], '@odata.nextLink': link }));
    case 'foreignNextLink': {
      const link = new URL(call.url);
      link.host = fault.host;
      return { ...body, '@odata.nextLink': link.href };
    }
    case 'unknownStatus':
      return withEntities(body, (entity) =>
        typeof entity['status'] === 'string' ? { ...entity, status: fault.value } : entity,
      );
    case 'statusBackwards':
      return withEntities(body, (entity) => {
        const earlier =
          typeof entity['status'] === 'string' ? statusBefore(entity['status'], call) : undefined;
        return earlier === undefined ? entity : { ...entity, status: earlier };
      });
    case 'unknownServiceStatus':
      return withServices(body, ([first, ...others]) =>
        first === undefined ? undefined : [{ ...first, status: fault.value }, ...others],
      );
    case 'unknownService':
      return withServices(body, (services) => [
        ...services,
        { service: fault.value, status: 'inProgress', message: '', errors: [] },
      ]);
    case 'usersMissing': {
      const users = membersOf(body)['value'];
      if (!Array.isArray(users) || users.length === 0) return undefined;
      const first = Math.floor(seededFraction(`${seedText} missing`) * users.length);
      const missing = new Set(
        Array.from(
          { length: Math.min(fault.count, users.length) },
          (_, n) => (first + n) % users.length,
        ),
      );
      return { ...body, value: users.filter((_, n) => !missing.has(n)) };
    }
    default:
      return undefined;
  }
}

function withSecondRequest(
  { url }: GraphCall,
  change: (link: string) => object,
): object | undefined {
  if (url.searchParams.has(again)) return undefined;
  return change(`${url.href}${url.search === '' ? '?' : '&'}${again}=1`);
}

function withServices(
  body: object,
  change: (services: readonly Members[]) => readonly Members[] | undefined,
): object | undefined {
  return withEntities(body, (entity) => {
    const { currentStatus } = entity;
    const changed = Array.isArray(currentStatus)
      ? change(currentStatus.map((service: unknown) => membersOf(service)))
      : undefined;
    return changed === undefined ? entity : { ...entity, currentStatus: changed };
  });
}

/** Changes a single entity, an entity wrapped in `value`, or every entity of a collection; undefined when none changed. */
function withEntities(body: object, change: (entity: Members) => Members): object | undefined {
  let changes = 0;
  const each = (entity: unknown): unknown => {
    const members = membersOf(entity);
    const changed = change(members);
    changes += changed === members ? 0 : 1;
    return changed;
  };
  const { value } = membersOf(body);
  const result = Array.isArray(value)
    ? { ...body, value: value.map(each) }
    : {
        ...body,
        ...(typeof value === 'object' && value !== null
          ? { value: each(value) }
          : membersOf(each(body))),
      };
  return changes === 0 ? undefined : result;
}

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}

const jobBefore: Readonly<Record<string, string>> = {
  validatesubmitted: 'submitted',
  validateprocessing: 'validateSubmitted',
  validateinprogress: 'validateProcessing',
  validatepassed: 'validateInProgress',
  validatefailed: 'validateInProgress',
  processing: 'validatePassed',
  inprogress: 'processing',
  adminactionrequired: 'inProgress',
  cuttingover: 'inProgress',
  completed: 'cuttingOver',
  completedwitherrors: 'cuttingOver',
  failed: 'cuttingOver',
  pendingcancel: 'inProgress',
  cancelled: 'pendingCancel',
  canceled: 'pendingCancel',
};
const sharePointTaskBefore: Readonly<Record<string, string>> = {
  inprogress: 'notStarted',
  completed: 'inProgress',
  failed: 'inProgress',
  cancelled: 'notStarted',
};

/** Returns the status that a lagging replica would still show; undefined for the first status. */
function statusBefore(status: string, { operation }: GraphCall): string | undefined {
  return (operation.includes('SharePoint') ? sharePointTaskBefore : jobBefore)[
    status.toLowerCase()
  ];
}
