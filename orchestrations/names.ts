/**
 * The registered names. Histories of running migrations hold them, and a running migration outlives deployments: a name
 * that was ever released is never changed or given another meaning.
 */
export const orchestrators = {
  migration: 'migration',
  lane: 'lane',
  batch: 'batch',
  watch: 'watch',
  gate: 'gate',
  deletion: 'deletion',
  errand: 'errand',
  sharePointBatch: 'sharePointBatch',
  sharePointTask: 'sharePointTask',
  identityMappings: 'identityMappings',
} as const;

export const activities = {
  planMigration: 'planMigration',
  createJob: 'createJob',
  findJob: 'findJob',
  findLeftJob: 'findLeftJob',
  validateJob: 'validateJob',
  migrateJob: 'migrateJob',
  cancelJob: 'cancelJob',
  readJob: 'readJob',
  recordTasks: 'recordTasks',
  readGate: 'readGate',
  takeCommands: 'takeCommands',
  updateJob: 'updateJob',
  cancelTask: 'cancelTask',
  updateTask: 'updateTask',
  reopenTasks: 'reopenTasks',
  recordUnknown: 'recordUnknown',
  readPosition: 'readPosition',
  noteTrouble: 'noteTrouble',
  planRound: 'planRound',
  nextBatch: 'nextBatch',
  nextJob: 'nextJob',
  deleteJob: 'deleteJob',
  dropTask: 'dropTask',
  answerCommand: 'answerCommand',
  finishBatch: 'finishBatch',
  finishMigration: 'finishMigration',
  writeMappings: 'writeMappings',
  listMoves: 'listMoves',
  validateMove: 'validateMove',
  takeSlot: 'takeSlot',
  findMove: 'findMove',
  createMove: 'createMove',
  readMove: 'readMove',
  obeyMoves: 'obeyMoves',
} as const;

/** The event that wakes a waiting orchestration so that it reads the commands; losing it only costs time. */
export const bell = 'command';
