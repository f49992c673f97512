/** A place where Graph's own pages contradict each other, and the two things that they say. */
export interface Contradiction {
  readonly row: number;
  readonly topic: string;
  readonly variants: readonly [string, string];
}

export const rowCount = 28;

/** Every contradiction, in order; the tests of this folder show the app at work with both variants of each. */
export const contradictions: readonly Contradiction[] = (
  [
    ['validate', 'a call on the collection that makes a new job', 'an action on the job'],
    ['what create sets off', 'the migration, or nothing', 'the validation'],
    ["a new job's type and status", '`migrate` and `Submitted`', '`validate` and `submitted`'],
    ['permissions of an app', 'none is supported', 'CrossTenantContentMigration'],
    ['users in a job', 'up to 100', 'up to 2,000'],
    ['workloads', 'three', 'four, with Meeting'],
    ['resourceType', '`Users`', '`users`'],
    ['status of an accepted cancel', '200', '202'],
    ['body of an accepted cancel', 'in a `value` wrapper', 'bare, with id and displayName'],
    ['a single job or user', 'in a `value` wrapper', 'bare'],
    [
      'when a job can be cancelled',
      'not while it migrates',
      'until it cuts over and before completeAfterDateTime',
    ],
    ['an update to a date that has passed', 'accepted', '422 minThresholdFailed'],
    ['what update answers', '200 and the job', '204'],
    ['completeAfterDateTime', 'when the processing starts', 'the earliest cutover'],
    ['how long a deletion takes', '48 hours', '30 days'],
    ['which jobs can be deleted', 'completed, failed, cancelled', 'every one that has ended'],
    ['a pass that has expired', 'can be validated again', 'cannot'],
    ['users who failed', 'need a new job', 'migrate again in the same one'],
    ['sourceEndpoint', 'a name of the source tenant', 'a name of the target tenant'],
    ['createdBy', 'a principal name', 'an object id'],
    ['what a validation says of a user', '`completed` and `failed`', '`valid` and `invalid`'],
    ['creating and updating users of a job', 'offered', 'not offered'],
    ['names of the parameter types of SharePoint tasks', 'without `Task`', 'with `Task`'],
    ['the status of a finished SharePoint task', '`success` or `Completed`', '`completed`'],
    ['what went wrong with a SharePoint task', 'a list `errors`', 'one `error`'],
    ['the parameter of the look-up by source user', 'unquoted, in small letters', 'quoted'],
    ['the text of a refused cancel of a user', 'about completeAfterDateTime', 'about the status'],
    ['the life of these operations', 'removed on a date that has passed', 'current'],
  ] as const
).map(([topic, ...variants], index) => ({ row: index + 1, topic, variants }));
