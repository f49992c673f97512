/**
 * The registered names of orchestrators and activities. The histories of running migrations contain
 * them, and a running migration outlives deployments: never rename a released name or give it
 * another meaning.
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
  createSharePointTask: 'createSharePointTask',
  pollSharePointTask: 'pollSharePointTask',
  handleSharePointCommands: 'handleSharePointCommands',
} as const;

/**
 * The external event that tells a waiting orchestration to read the commands. A lost event only
 * costs time.
 */
export const wakeUpEvent = 'command';
