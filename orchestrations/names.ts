/**
 * The registered names. Histories of running migrations hold them, and a running migration outlives deployments: a name
 * that was ever released is never changed or given another meaning.
 */
export const orchestrators = {
  migration: 'migration',
  lane: 'lane',
  batch: 'batch',
  watch: 'watch',
} as const;

export const activities = {
  planMigration: 'planMigration',
  createJob: 'createJob',
  findJob: 'findJob',
  validateJob: 'validateJob',
  migrateJob: 'migrateJob',
  cancelJob: 'cancelJob',
  readJob: 'readJob',
  recordTasks: 'recordTasks',
  finishBatch: 'finishBatch',
  finishMigration: 'finishMigration',
} as const;
