import { isWrite, type OperationName, operationNames } from '../operationNames.ts';

/** Whether a fault is applied before a call takes effect, or after it. */
export type FaultEffect = 'before' | 'after';

interface FaultKindRow {
  /** The operations to which it applies. */
  readonly operations: readonly OperationName[];
  readonly effects: readonly FaultEffect[];
}

// Faults apply to a token request, a batch and an unknown URL only when the plan names the operation.
const onlyByName: readonly OperationName[] = ['requestToken', 'batch', 'other'];
const graph = operationNames.filter((name) => !onlyByName.includes(name));
const allOperations = [...graph, ...onlyByName];
const withoutBody: readonly OperationName[] = ['updateJob', 'deleteJob', 'cancelSharePointTask'];
const withBody = allOperations.filter((name) => !withoutBody.includes(name));
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

/** Every kind of fault, with the operations to which it applies, and whether before or after their effect. */
export const faultKinds = {
  throttledSeconds: row(allOperations, 'before'),
  throttledDate: row(allOperations, 'before'),
  throttledSilent: row(allOperations, 'before'),
  throttledHour: row(allOperations, 'before'),
  error500: row(allOperations, 'before', 'after'),
  error502: row(allOperations, 'before', 'after'),
  error503: row(allOperations, 'before', 'after'),
  error504: row(allOperations, 'before', 'after'),
  error503RetryAfter: row(allOperations, 'before', 'after'),
  error504RetryAfter: row(allOperations, 'before', 'after'),
  connectionReset: row(allOperations, 'before', 'after'),
  slowDrip: row(withBody, 'after'),
  truncatedBody: row(withBody, 'after'),
  truncatedJson: row(withBody, 'after'),
  htmlBody: row(allOperations, 'before', 'after'),
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
  skewedClock: row(allOperations, 'after'),
  validationByItself: row(['createJob'], 'after'),
  mailboxNeverCutsOver: row(['migrateJob'], 'after'),
  adminActionRequired: row(['migrateJob'], 'after'),
} satisfies Readonly<Record<string, FaultKindRow>>;

export type FaultKind = keyof typeof faultKinds;

/** Returns true when a fault of this kind that names no operation applies to an operation. */
export function appliesByDefault(kind: FaultKind, operation: OperationName): boolean {
  return appliesTo(kind, operation) && !onlyByName.includes(operation);
}

/** Returns true when a fault of this kind can be planned for an operation. */
export function appliesTo(kind: FaultKind, operation: OperationName): boolean {
  const { operations }: FaultKindRow = faultKinds[kind];
  return operations.includes(operation);
}

/** A combination that a test can cover. `effect` is null for a read. */
export interface FaultCell {
  readonly kind: FaultKind;
  readonly operation: OperationName;
  readonly effect: FaultEffect | null;
}

/** Returns every combination of kind, operation and effect for some operations. Compare the entries of the log with them. */
export function faultCells(operations: readonly OperationName[] = graph): readonly FaultCell[] {
  return allFaultKinds.flatMap((kind) =>
    operations
      .filter((operation) => appliesTo(kind, operation))
      .flatMap((operation) =>
        (isWrite(operation) ? faultKinds[kind].effects : [null]).map((effect) => ({
          kind,
          operation,
          effect,
        })),
      ),
  );
}

/** The names of all kinds. */
export const allFaultKinds: readonly FaultKind[] = Object.keys(faultKinds).filter(isFaultKind);

function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(faultKinds, name);
}
