import type { CatalogueFamily } from './catalogueEntry.ts';

/** Codes of our own, so that every failure has one. */
export const ownErrors = {
  BatchFailed: {
    meaning: 'The batch ended early, for the reason in the message.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'user',
    step: 'Solve the reason, look at the job in the target tenant, then retry.',
  },
  NotReported: {
    meaning: 'The job has ended, and Graph no longer reports this user in it.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'user',
    step: 'Look at the job in the target tenant; retry if nothing was moved.',
  },
  NotFinished: {
    meaning: 'The job has ended, but not every workload of the user.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Retry; what was moved already is left alone.',
  },
  NoCode: {
    meaning: 'Microsoft gives no code for this failure.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Read the message, if there is one, and retry; if it fails again, open a case with Microsoft support and give the job id.',
  },
  OtherCodes: {
    meaning: 'Various less frequent codes, too many to count one by one.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'List the tasks to see the code and the step of each user.',
  },
} as const satisfies CatalogueFamily;
