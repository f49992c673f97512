/** What a case rests on: a published page, an unpublished-looking revision of one, or our own inference. */
export type Support = 'documented' | 'assumed' | 'draft';

/** One thing that Graph, the emulator and the app's client must all agree on. */
export interface ConformanceCase {
  readonly number: number;
  readonly statement: string;
  readonly support: Support;
}

/** How many cases there are: a list that has lost one must not look complete. */
export const caseCount = 74;

/** The name of the one test that stands for a case. */
export function testNameOf({
  number,
  statement,
}: Pick<ConformanceCase, 'number' | 'statement'>): string {
  return `case ${String(number)}: ${statement}`;
}

/** Every case, in order. A `Task` is a `sharePointMigrationTask`. */
export const conformanceCases: readonly ConformanceCase[] = (
  [
    [
      'documented',
      'creating a job with every required member answers 201, an id, `submitted` and the same resources',
    ],
    ['documented', 'a job can be read by its id and by the alternate key `displayName`'],
    ['documented', 'a display name in the place of the id reads the same job'],
    [
      'documented',
      'a display name that is taken is refused with 422 BadArgument, duplicateDisplayNameJob',
    ],
    [
      'documented',
      'a completeAfterDateTime that is not in the future is refused with 422, minThresholdFailed',
    ],
    [
      'assumed',
      'a new job without displayName, completeAfterDateTime, sourceTenantId, resourceType or resources is refused with 400',
    ],
    ['assumed', 'Exchange, named or by default, without exchangeSettings is refused with 400'],
    ['assumed', 'a resourceType other than Users, in whatever case, is refused with 400'],
    ['assumed', 'more users than a job takes (100 unless set otherwise) are refused with 422'],
    ['assumed', 'Meeting without Teams and Exchange can be created, but never passes validation'],
    ['documented', 'creating a job does not start its migration'],
    [
      'documented',
      'the list of jobs comes newest first in pages of at most 20, with a nextLink while there are more',
    ],
    [
      'documented',
      'following each nextLink as it came, to the last page, yields everything exactly once',
    ],
    ['documented', "a page that is empty but has a nextLink does not end the client's reading"],
    ['documented', "an unknown job is answered with 404 and an error body of Graph's shape"],
    ['documented', 'validate on a submitted job answers 200 and `validateSubmitted`'],
    ['documented', 'validate can be repeated from `validateFailed`'],
    [
      'documented',
      'validate is refused with 409 in processing, inProgress, completed and cancelled',
    ],
    ['documented', 'validate is refused with 409 while a validation runs'],
    [
      'documented',
      'validation ends as `validatePassed` when every user is valid, as `validateFailed` when any is not',
    ],
    [
      'assumed',
      'in `validateFailed` each failing user has a workload that is invalid, with its errors',
    ],
    ['documented', 'migrate is refused with 409 from `submitted`'],
    ['documented', 'migrate is refused with 409 from `validateFailed`'],
    [
      'documented',
      'migrate from `validatePassed` answers 200, `processing` and the job type `migrate`',
    ],
    [
      'documented',
      'migrate is refused with 409 when the validation passed more than seven days ago',
    ],
    ['documented', 'migrate can be repeated from `failed`'],
    ['documented', 'migrate can be repeated from `completedWithErrors`'],
    ['documented', 'migrate is refused with 409 from `completed`'],
    ['documented', 'migrate sets every workload of every user back to `notStarted`'],
    ['documented', 'no job cuts over before its completeAfterDateTime'],
    [
      'documented',
      'once completeAfterDateTime has passed and the sync is done, the job cuts over and then ends',
    ],
    [
      'documented',
      'a future completeAfterDateTime can be set: 204 without a body, and the next read shows it',
    ],
    [
      'documented',
      'a past completeAfterDateTime is taken (204) or, by a strict tenant, refused (422 minThresholdFailed); the client lives with both',
    ],
    ['assumed', 'an update of any other member changes nothing'],
    [
      'documented',
      'a job can be cancelled (202, `pendingCancel`, `cancelled`) until it migrates and, before completeAfterDateTime, while it does',
    ],
    ['documented', 'cancel is refused with 409 in `cuttingOver`, and the migration goes on'],
    [
      'documented',
      'cancel is refused with 409 in completed, failed, completedWithErrors and cancelled',
    ],
    [
      'documented',
      'cancel is refused with 409 in `inProgress` once completeAfterDateTime has passed',
    ],
    [
      'assumed',
      'the client takes 200 or 202, bare or in a `value` wrapper, as the answer to cancel',
    ],
    ['documented', 'the users of a job are one task for each resource, with the same id'],
    [
      'documented',
      'each user shows one entry for each selected workload, with service, status, message and errors',
    ],
    ['assumed', 'an unknown user of a job is answered with 404'],
    [
      'documented',
      'one user can be cancelled before completeAfterDateTime (202, `Accepted`) without touching the others',
    ],
    ['documented', 'cancelling an unknown user is answered with 404'],
    [
      'documented',
      'cancelling a user after completeAfterDateTime, or one who has ended, is refused with 409',
    ],
    [
      'documented',
      'a completed, failed or cancelled job can be deleted: 202, then `pendingDelete` until it is gone',
    ],
    [
      'documented',
      'a job that validates, processes, is in progress or cuts over cannot be deleted: 409',
    ],
    ['assumed', 'statuses are read in any case, and `Canceled` is `cancelled`'],
    ['assumed', 'a status that nobody knows does not stop the client and is no end of a job'],
    [
      'documented',
      'instants with no, three or seven fractional digits are read to the right millisecond',
    ],
    [
      'assumed',
      'empty resources or workloads in an answer never change which users the app holds for members',
    ],
    [
      'assumed',
      'creating and updating a user of a job works (201, 200) where the tenant has it, else 405; the app does neither unasked',
    ],
    [
      'assumed',
      'validate on the collection makes a new validating job (201) in legacy mode only, else 404 or 405',
    ],
    [
      'documented',
      'no token is 401, a token without the permission 403; the client repeats neither beyond one fresh token',
    ],
    [
      'documented',
      'after a 429 with Retry-After nothing is sent until it is over; without it the waits grow',
    ],
    ['assumed', 'a Retry-After that is a date is honoured'],
    [
      'assumed',
      'a 503 on a read is passed over; after a 503 on create the job is looked up before it is sent again, so that there is one',
    ],
    [
      'documented',
      "every request has a client-request-id of its own, and what is recorded of an error has Graph's request-id",
    ],
    [
      'assumed',
      'a 401 with insufficient_claims leads to exactly one new token, asked for with those claims',
    ],
    [
      'documented',
      'a $batch of 21 requests or with an id twice is refused with 400; a throttled part does not harm the others',
    ],
    ['documented', 'creating a Task for a user by name answers 200, an id and `notStarted`'],
    [
      'documented',
      'creating a Task for a user by object id answers 200, and may add the name and a data location',
    ],
    [
      'documented',
      'a Task with validateOnly answers 200 and `completed`, without an id, and nothing is queued',
    ],
    [
      'assumed',
      'a Task without `@odata.type`, or with one that lacks `Task` in its name, is refused with 400',
    ],
    ['assumed', 'a latest start that is not after the preferred start is refused with 400'],
    ['documented', 'a Task that has not started by its latest start becomes `cancelled`'],
    ['documented', 'a Task with a preferred start stays `notStarted` until then'],
    ['documented', 'looking a Task up by source user, site or group finds the same one as its id'],
    ['draft', 'an unknown Task is answered with 404, a missing trust with 422'],
    [
      'documented',
      'a Task can be cancelled (204) before it starts; once in progress that is refused with 409',
    ],
    ['draft', 'two tenants on one farm are answered with 501, which the client does not repeat'],
    [
      'documented',
      'a delta of more than 50 identity mappings is refused with 400; up to 50 upserts and removals answer 200',
    ],
    [
      'documented',
      'an identity mapping can be read by its source user, and is 404 after its removal',
    ],
    [
      'documented',
      'dates with an unpadded month, as SharePoint writes them, do not stop the watching',
    ],
  ] as const
).map(([support, statement], index) => ({ number: index + 1, statement, support }));
