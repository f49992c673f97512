import type { JobClient } from '../../shared/graph/jobs.ts';

const refused = (): never => {
  throw new Error('Graph is not part of this test');
};

/** A Graph that must not be asked. */
export const noJobs: JobClient = {
  createJob: refused,
  getJob: refused,
  findJobByName: refused,
  validateJob: refused,
  migrateJob: refused,
  cancelJob: refused,
  listJobTasks: refused,
  updateJob: refused,
  cancelTask: refused,
  createTask: refused,
  updateTask: refused,
  getTask: refused,
  deleteJob: refused,
  listJobs: refused,
  countJobs: refused,
  countTasks: refused,
  checkAccess: refused,
};
