import { isWrite, type OperationName, operationNames } from '../operationNames.ts';

/** Whether a fault strikes before a call takes effect, or after it did. */
export type FaultEffect = 'before' | 'after';

interface FaultKindRow {
  /** Where it can strike. */
  readonly operations: readonly OperationName[];
  readonly effects: readonly FaultEffect[];
}

// A token, a batch and an unknown address are struck only where a plan names them.
const named: readonly OperationName[] = ['requestToken', 'batch', 'other'];
const graph = operationNames.filter((name) => !named.includes(name));
const anywhere = [...graph, ...named];
const bodiless: readonly OperationName[] = ['updateJob', 'deleteJob', 'cancelSharePointTask'];
const withBody = anywhere.filter((name) => !bodiless.includes(name));
const sharePointReads = [
  'getSharePointTask',
  'findSharePointTaskByUser',
  'findSharePointTaskBySite',
  'findSharePointTaskByGroup',
] as const;
const oneJob = [
  'getJob',
  'findJob',
  'updateJob',
  'deleteJob',
  'validateJob',
  'migrateJob',
  'cancelJob',
  'listTasks',
  'getTask',
  'cancelTask',
] as const;
const statusReads = ['getJob', 'findJob', 'listJobs', ...sharePointReads] as const;
const taskReads = ['listTasks', 'getTask'] as const;
const pages = ['listJobs', 'listTasks'] as const;

const row = (operations: readonly OperationName[], ...effects: FaultEffect[]): FaultKindRow => ({
  operations,
  effects,
});

/** Every kind of fault: which operations it can strike, and on which side of their effect. */
export const faultKinds = {
  throttledSeconds: row(anywhere, 'before'),
  throttledDate: row(anywhere, 'before'),
  throttledSilent: row(anywhere, 'before'),
  throttledHour: row(anywhere, 'before'),
  error500: row(anywhere, 'before', 'after'),
  error502: row(anywhere, 'before', 'after'),
  error503: row(anywhere, 'before', 'after'),
  error504: row(anywhere, 'before', 'after'),
  error503RetryAfter: row(anywhere, 'before', 'after'),
  error504RetryAfter: row(anywhere, 'before', 'after'),
  connectionReset: row(anywhere, 'before', 'after'),
  slowDrip: row(withBody, 'after'),
  truncatedBody: row(withBody, 'after'),
  truncatedJson: row(withBody, 'after'),
  htmlBody: row(anywhere, 'before', 'after'),
  bomBody: row(withBody, 'after'),
  unreadableBody: row(withBody, 'after'),
  unauthorized: row(graph, 'before'),
  claimsChallenge: row(graph, 'before'),
  forbidden: row(graph, 'before'),
  refused: row(graph, 'before'),
  notFoundYet: row([...oneJob, 'getSharePointTask', 'cancelSharePointTask'], 'before'),
  conflictStatus: row(
    ['validateJob', 'migrateJob', 'cancelJob', 'updateJob', 'cancelSharePointTask'],
    'before',
    'after',
  ),
  conflictExpired: row(['migrateJob'], 'before'),
  conflictNotFinal: row(['deleteJob'], 'before'),
  conflictUserCancel: row(['cancelTask'], 'before', 'after'),
  duplicateName: row(['createJob', 'validateNewJob'], 'before', 'after'),
  dateInPast: row(['createJob', 'updateJob'], 'before'),
  trustMissing: row(['createSharePointTask', 'cancelSharePointTask', ...sharePointReads], 'before'),
  oneDriveMissing: row(['createSharePointTask'], 'before'),
  mappingMissing: row(['createSharePointTask'], 'before'),
  sameFarm: row(['createSharePointTask'], 'before'),
  repeatedPage: row(pages, 'after'),
  emptyPage: row(pages, 'after'),
  foreignNextLink: row(pages, 'after'),
  unknownStatus: row(statusReads, 'after'),
  statusBackwards: row(statusReads, 'after'),
  unknownServiceStatus: row(taskReads, 'after'),
  unknownService: row(taskReads, 'after'),
  usersMissing: row(['listTasks'], 'after'),
  skewedClock: row(anywhere, 'after'),
  validationByItself: row(['createJob'], 'after'),
  mailboxNeverCutsOver: row(['migrateJob'], 'after'),
  adminActionRequired: row(['migrateJob'], 'after'),
} satisfies Readonly<Record<string, FaultKindRow>>;

export type FaultKind = keyof typeof faultKinds;

/** True where a fault of this kind that names no operation may strike. */
export function strikesUnasked(kind: FaultKind, operation: OperationName): boolean {
  return canStrike(kind, operation) && !named.includes(operation);
}

/** True where a fault of this kind makes sense. */
export function canStrike(kind: FaultKind, operation: OperationName): boolean {
  const { operations }: FaultKindRow = faultKinds[kind];
  return operations.includes(operation);
}

/** One thing that can be covered. `effect` is null for a read, which has none. */
export interface FaultCell {
  readonly kind: FaultKind;
  readonly operation: OperationName;
  readonly effect: FaultEffect | null;
}

/** Every kind × operation × effect that there is among some operations: what the log's rows are counted against. */
export function faultCells(operations: readonly OperationName[] = graph): readonly FaultCell[] {
  return allFaultKinds.flatMap((kind) =>
    operations
      .filter((operation) => canStrike(kind, operation))
      .flatMap((operation) =>
        (isWrite(operation) ? faultKinds[kind].effects : [null]).map((effect) => ({
          kind,
          operation,
          effect,
        })),
      ),
  );
}

/** The names of the kinds. */
export const allFaultKinds: readonly FaultKind[] = Object.keys(faultKinds).filter(isFaultKind);

function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(faultKinds, name);
}
