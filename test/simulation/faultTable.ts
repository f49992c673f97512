import {
  type FaultCell,
  faultCells,
  type OperationName,
} from '../../local/graph-emulator/index.ts';

/** The operations that a migration comes to: of users, of SharePoint tasks, and of identity mappings. */
export const operations = [
  'createJob',
  'findJob',
  'getJob',
  'updateJob',
  'deleteJob',
  'validateJob',
  'migrateJob',
  'cancelJob',
  'listTasks',
  'getTask',
  'createTask',
  'updateTask',
  'cancelTask',
  'createSharePointTask',
  'getSharePointTask',
  'findSharePointTaskByUser',
  'findSharePointTaskBySite',
  'findSharePointTaskByGroup',
  'cancelSharePointTask',
  'getUserMapping',
  'getGroupMapping',
  'updateUserMappings',
  'updateGroupMappings',
] as const satisfies readonly OperationName[];

/** Everything that the faults of the runs can come to: kind, operation, and side of the effect. */
export const cells: readonly FaultCell[] = faultCells(operations);

/** The name of a cell in what the runs have covered. */
export function cellName({ kind, operation, effect }: FaultCell): string {
  return `fault|${kind}|${operation}|${effect ?? ''}`;
}
