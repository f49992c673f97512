import type { CatalogueFamily } from './catalogueEntry.ts';

/** The app's own codes, so that every failure has a code. */
export const ownErrors = {
  BatchFailed: {
    meaning: 'The batch ended early. The message gives the reason.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'user',
    step: 'Fix the cause, check the job in the target tenant, and retry.',
  },
  NotReported: {
    meaning: 'The job ended, and Graph has not listed this user in it for a day.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'user',
    step: 'Check the job in the target tenant. Retry if nothing was moved.',
  },
  NotFinished: {
    meaning: 'The job ended, but not every workload of the user has ended.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Retry. Content that was already moved is not moved again.',
  },
  OutOfSight: {
    meaning:
      'Graph has not shown the job or task for seven days, so the app does not know whether the user was moved.',
    whoCanFix: 'targetAdmin',
    retry: 'sameJob',
    scope: 'user',
    step: 'Check the job or task in its tenant and the permissions of the app, and retry. The retry continues with the job or task if Graph shows it.',
  },
  JobGone: {
    meaning:
      'The job or task was deleted, or Graph has not found it by id or name for a day, so the app does not know whether the user was moved.',
    whoCanFix: 'targetAdmin',
    retry: 'newJob',
    scope: 'user',
    step: 'Check in the target tenant whether the user was moved. If not, retry: the app searches for the job again before it creates another one.',
  },
  underWayElsewhere: {
    meaning: 'The user is in another migration. A user can be in only one migration at a time.',
    whoCanFix: 'nobody',
    retry: 'newJob',
    scope: 'user',
    step: 'Wait until the migration that the message names ends, or cancel the user there, and retry.',
  },
  movedAlready: {
    meaning:
      'A migration has already moved the user. Users are moved again only if the request sets moveAgain.',
    whoCanFix: 'nobody',
    retry: 'never',
    scope: 'user',
    step: 'No action is needed. To move the user again, send a request with moveAgain for them.',
  },
  NoCode: {
    meaning: 'Microsoft reported no code for this failure.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'Read the message, if there is one, and retry. If it fails again, open a case with Microsoft support and give the job id.',
  },
  OtherCodes: {
    meaning: 'These are less frequent codes, which are not counted separately.',
    whoCanFix: 'nobody',
    retry: 'sameJob',
    scope: 'user',
    step: 'List the tasks to see the code and the step for each user.',
  },
} as const satisfies CatalogueFamily;
