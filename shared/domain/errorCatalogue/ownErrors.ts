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
    meaning: 'The job has ended, and Graph has not reported this user in it for a day.',
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
  OutOfSight: {
    meaning:
      'Graph has not shown the job or task for seven days: whether the user was moved is not known.',
    whoCanFix: 'targetAdmin',
    retry: 'sameJob',
    scope: 'user',
    step: 'Look at the job or task in its tenant, and check the permissions of the app; retry, which looks for it first and takes it over.',
  },
  JobGone: {
    meaning:
      'Graph has not known the job or task for a day, neither by its id nor by its name, or it was deleted: whether the user was moved is not known.',
    whoCanFix: 'targetAdmin',
    retry: 'newJob',
    scope: 'user',
    step: 'Find out in the target tenant whether the user was moved; retry, which looks for the job once more before it creates another one.',
  },
  underWayElsewhere: {
    meaning: 'Another migration has the user: a user is in one migration at a time.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'user',
    step: 'Wait for the migration that the message names, or take the user out of it, then retry.',
  },
  movedAlready: {
    meaning: 'A migration has moved the user: nobody is moved twice unless the request says so.',
    whoCanFix: 'nobody',
    retry: 'never',
    scope: 'user',
    step: 'Nothing is left to do; to move the user again, send a request with moveAgain for them.',
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
