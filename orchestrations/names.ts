/**
 * The registered names. Histories of running migrations hold them, and a running migration outlives deployments: a name
 * that was ever released is never changed or given another meaning.
 */
export const orchestrators = {
  migration: 'migration',
  lane: 'lane',
  batch: 'batch',
  watch: 'watch',
  checkpoint: 'checkpoint',
  deletion: 'deletion',
  operation: 'operation',
  sharePointBatch: 'sharePointBatch',
  sharePointTask: 'sharePointTask',
  identityMappings: 'identityMappings',
} as const;

export const activities = {
  planMigration: 'planMigration',
  createJob: 'createJob',
  findJob: 'findJob',
  findPreviousJob: 'findPreviousJob',
  validateJob: 'validateJob',
  migrateJob: 'migrateJob',
  cancelJob: 'cancelJob',
  pollJob: 'pollJob',
  recordTasks: 'recordTasks',
  readCheckpoint: 'readCheckpoint',
  readCommands: 'readCommands',
  updateJob: 'updateJob',
  cancelTask: 'cancelTask',
  updateTask: 'updateTask',
  reopenTasks: 'reopenTasks',
  recordUnknown: 'recordUnknown',
  readPosition: 'readPosition',
  noteTrouble: 'noteTrouble',
  planRun: 'planRun',
  nextBatch: 'nextBatch',
  nextJob: 'nextJob',
  deleteJob: 'deleteJob',
  dropTask: 'dropTask',
  recordCommandResult: 'recordCommandResult',
  finishBatch: 'finishBatch',
  finishMigration: 'finishMigration',
  writeMappings: 'writeMappings',
  listSharePointTasks: 'listSharePointTasks',
  validateSharePointTask: 'validateSharePointTask',
  takeQuota: 'takeQuota',
  findSharePointTask: 'findSharePointTask',
  createSharePointTask: 'createSharePointTask',
  pollSharePointTask: 'pollSharePointTask',
  handleSharePointCommands: 'handleSharePointCommands',
} as const;

/** The event that wakes a waiting orchestration so that it reads the commands; losing it only costs time. */
export const wakeUpEvent = 'command';
