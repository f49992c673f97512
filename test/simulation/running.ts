import { AsyncLocalStorage } from 'node:async_hooks';
import type { ActivityServices } from '../../orchestrations/activityServices.ts';

/** Which activity runs, for whom, with what: what a call to Graph is laid to. */
export interface Running {
  readonly activity: string;
  readonly instanceId: string;
  readonly batchKey: string;
  /** The same with the task that it is about; empty for none. */
  readonly taskKey: string;
  /** The number of the moment at which it began. */
  readonly startSeq: number;
  readonly services: ActivityServices;
}

/** The activity whose code runs now. */
export const running = new AsyncLocalStorage<Running>();
