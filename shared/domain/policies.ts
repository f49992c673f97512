/**
 * The limits of tries and the waiting times of the app, each with its reason. Times that a request
 * chooses (approval, hold) have their defaults in `contracts/request.ts`; those of the host are in
 * `host.json`.
 */
const minuteSeconds = 60;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Status checks of jobs and SharePoint tasks. Graph publishes no cadence. */
export const pollingPolicy = {
  /** A validation takes minutes, so its first checks come soon. */
  validationSeconds: minuteSeconds,
  /** After a quarter of an hour a validation is a long one. */
  maxSoonValidationChecks: 15,
  /** A long validation has many users, and a later check delays it little. */
  longValidationSeconds: 5 * minuteSeconds,
  /** A cancellation blocks the next step of a batch and takes minutes. */
  cancellationSeconds: 2 * minuteSeconds,
  /** A cutover stops people's work, so its end is seen soon. */
  cutoverSeconds: 5 * minuteSeconds,
  /** From this time before the cutover date, a job is checked as often as in its cutover. */
  beforeCutoverSeconds: 30 * minuteSeconds,
  /** A synchronisation takes days, and thousands of jobs share the limits of a tenant. */
  syncSeconds: 30 * minuteSeconds,
  /** Progress changes slowly: users are listed at each fifth check, unless the status changes. */
  maxChecksPerUserList: 5,
  /** The preferred start of a task is near: no check comes sooner than this. */
  shortestBeforeStartSeconds: minuteSeconds,
  /** A task may start early or be cancelled elsewhere, so a check comes before a late start. */
  beforeStartSeconds: 30 * minuteSeconds,
  /** A queued task may start at any time; a small one ends within an hour. */
  soonTaskSeconds: 5 * minuteSeconds,
  /** An hour of checks every 5 minutes. */
  maxSoonTaskPolls: 12,
  /** Most tasks end within a day. */
  dayTaskSeconds: 15 * minuteSeconds,
  /** The hour above and a day of checks every 15 minutes. */
  maxDayTaskPolls: 108,
  /** A task of more than a day is a large one, and may take weeks. */
  longTaskSeconds: 30 * minuteSeconds,
  /** Without updates for this long, a running task may only have been rescheduled. */
  silentTaskMs: dayMs,
  /** The first wait before a repeated try; doubled for each further one. */
  firstRetrySeconds: 15,
  /**
   * The longest time between two status checks of a job or task that is out of sight, and between
   * two tries of what Graph deferred, unless Graph asks for more: the end of a fault is seen soon.
   */
  longestCheckSeconds: 30 * minuteSeconds,
  /** A new job or task may not be visible on every server yet, so the first checks come soon. */
  absentSeconds: 15,
  /** A refused read says nothing of the job or task, so there is less reason to hurry. */
  refusedReadSeconds: minuteSeconds,
  /** After this time a job or task that is out of sight needs a person. */
  outOfSightAfterMs: 30 * minuteMs,
  /** After only "not found" for this time, a job or task counts as gone: one 404 proves little. */
  goneAfterMs: dayMs,
  /** After this time out of sight, a task gets the outcome `unknown`: people plan by outcomes. */
  unknownAfterMs: 7 * dayMs,
  /**
   * For this time after its cutover date a job may still cut over, so the app searches for it. The
   * same holds for a SharePoint task.
   */
  watchLimitMs: 30 * dayMs,
} as const;

/** Waits of all orchestrations. */
export const orchestrationPolicy = {
  /** The first wait after an unexpected error of an activity: most are over in seconds. */
  activityRetryMs: 5_000,
  /** Doubled up to five minutes, these tries take about an hour: storage has recovered by then. */
  maxActivityTries: 18,
  /** See `maxActivityTries`. */
  longestActivityRetryMs: 5 * minuteMs,
  /** Long enough for storage to recover, short enough for anybody who waits. */
  errorSeconds: 5 * minuteSeconds,
  /** Tries that fail for hours need no more than one in an hour, and lose at most that. */
  longestRetrySeconds: 60 * minuteSeconds,
  /** The first wait before a batch whose orchestration failed is started again. */
  restartSeconds: minuteSeconds,
  /**
   * Tries that the caller of an operation makes itself before a sub-orchestration makes the others.
   * One is nearly always enough.
   */
  maxTriesOfCaller: 3,
  /** On Azure, a timer may fire up to a second early. */
  earlyTimerSeconds: 1,
} as const;

/** Batches of users and their jobs. */
export const jobPolicy = {
  /** New jobs of one run, each without the users who failed validation in the one before. */
  maxAttempts: 6,
  /** Time for a change to become visible on every Graph server. */
  replicationSeconds: minuteSeconds,
  /**
   * How often a job that Graph shows only now and then receives the same action before the batch
   * continues as new, with a short history.
   */
  maxSends: 20,
  /** The first tries of an action follow at once, because the watch has just seen the job. */
  maxSendsAtOnce: 3,
  /** The first wait after these, for the server that does not show the job yet. */
  sendAgainSeconds: 15,
  /** How often Graph may refuse to cancel a job whose status allows it: some hours of tries. */
  maxCancels: 10,
  /** A cancel that is refused now may be accepted when the change is on every server. */
  cancelAgainSeconds: minuteSeconds,
  /** Graph refuses a cutover date that passes before Graph reads the request. */
  cutoverLeadMs: 5 * minuteMs,
  /** The wait before a create with a later date, if Graph read the request after its date. */
  cutoverPassedSeconds: 15,
  /** A job that has not started to cut over after this may have stalled mailboxes. */
  lateCutoverMs: dayMs,
  /** Look-ups that must find a job of other content before that is final. */
  maxMismatches: 5,
  /**
   * Look-ups that must find no job before that is final. The waits between them add up to eight
   * minutes, because a new job can be invisible for some minutes.
   */
  maxAbsentLookUps: 6,
  /** The least wait before a look-up of a job that may just have been created. */
  lookUpSeconds: 15,
  /** The same after a refused create: the job that it names already may appear later. */
  lookUpAfterRefusalSeconds: 30,
  /**
   * How often Graph must return "not found" for an action before that is final. A new object can
   * take a minute to appear.
   */
  maxNotFounds: 5,
  /** The least wait after such a "not found". */
  notFoundSeconds: 15,
  /** How often Graph may refuse a validation that the job's status allows. */
  maxUnexplained: 5,
  /** Status checks that must show an undocumented status before it is final: about a day. */
  maxUndocumented: 30,
  /** The least wait until another status may be visible on the server that refused an action. */
  otherStatusSeconds: minuteSeconds,
  /** The least wait before the job is read that an action without a response may have changed. */
  unansweredSeconds: 15,
  /** The wait before users are listed again whose status is undocumented or not final. */
  notFinalSeconds: minuteSeconds,
  /** The least time to the cutover of a job that users are added to: they need a validation. */
  addingMarginMs: hourMs,
  /** The wait after a refusal that a person must resolve, for example a missing permission. */
  refusedMembershipSeconds: 15 * minuteSeconds,
  /** A membership that Graph does not show may be visible soon. */
  membershipSeconds: 15,
  /** The deletion of jobs is not urgent: a job that is out of sight is tried every half hour. */
  unseenDeletionSeconds: 30 * minuteSeconds,
  /** Tries to delete a job that Graph does not show: a day of them. */
  maxUnseenDeletions: 48,
} as const;

/** Checkpoints, commands and freezes. */
export const commandPolicy = {
  /** A checkpoint reads anew this often, in case that a wake-up event was lost. */
  checkpointSeconds: 30 * minuteSeconds,
  /** The tasks of other batches take days, and many batches may wait for their quota. */
  quotaSeconds: 120 * minuteSeconds,
  /**
   * A lifted freeze raises no wake-up events, because thousands of batches may wait: each batch
   * checks by itself.
   */
  frozenSeconds: 5 * minuteSeconds,
  /** The shortest wait before a command without a result is tried again. */
  shortestRetrySeconds: 15,
  /** A user or job that was created a moment ago may not be visible on every Graph server yet. */
  invisibleMs: 5 * minuteMs,
} as const;

/** SharePoint tasks and identity mappings. */
export const sharePointPolicy = {
  /** Eight minutes: longer than a new task takes to become visible, shorter than any task runs. */
  maxPollsWhileUnknown: 5,
  /** A full queue empties as tasks end, which takes minutes at least. */
  fullQueueSeconds: 5 * minuteSeconds,
  /** The shortest wait before a create that may have taken effect is looked up. */
  unclearCreateSeconds: 15,
  /**
   * Within this time of a create, the task that it created is running. Graph returns that task if
   * the create is repeated, so a repetition does no harm.
   */
  surelyRunningMs: 8 * minuteMs,
  /** The same where a task cannot be looked up. */
  surelyRunningBlindMs: minuteMs,
  /** Look-ups that are further apart than this do not count as consecutive. */
  consecutiveMs: hourMs,
  /** Commands wait for a task that was seen again: its next step comes soon. */
  seenAgainSeconds: 15,
  /** The wait between two tries of a command grows with its age from `seenAgainSeconds` to this. */
  longestCommandSeconds: 5 * minuteSeconds,
  /** A new mapping is not readable at once, and Graph does not document when it is. */
  mappingSeconds: 15,
  /** A pause has a wake-up event; this is for a lost one. */
  pausedMappingsSeconds: 5 * minuteSeconds,
} as const;

/** Calls to Graph. */
export const graphPolicy = {
  /** The wait after a deferred call whose response has no `Retry-After` (Graph: throttling). */
  defaultRetrySeconds: 30,
  /** The same where the cause may last: a full queue, a permission that is missing. */
  throttleSeconds: minuteSeconds,
  /** A caller waits on a durable timer, which on Azure fires up to a second early. */
  timerLeadSeconds: 1,
  /** Graph can ask for a wait of half a day. A wait of more than a day is a mistake. */
  longestRetryAfterSeconds: 86_400,
  /** Retries of a read within one call. The orchestration repeats everything else. */
  maxReadRetries: 3,
  /** The wait before the first of them; doubled for each further one. */
  readRetryMs: 1_000,
  /** A longer wait is spent on a durable timer, not in an activity. */
  longestReadRetryMs: 4_000,
  /** All retries of a read end within ten seconds: an activity occupies a worker meanwhile. */
  longestReadRetriesMs: 9_500,
  /** For a token or the headers of a response: both take seconds, and some credentials hang. */
  tryMs: minuteMs,
  /** For a call with its retries and its body: a function runs for at most ten minutes. */
  deadlineMs: 2 * minuteMs,
} as const;

/** Calls to storage. */
export const storagePolicy = {
  /**
   * Together with `tokenMs` less than the ten seconds in which a caller gets a response, and longer
   * than slow storage needs.
   */
  operationMs: 6_000,
  /** See `operationMs`. */
  tokenMs: 3_000,
  /** Larger transfers get more time: one second per megabyte. */
  bytesPerMs: 1_000,
  /** The retries of the SDK fit into `operationMs`: its defaults wait for minutes. */
  retryDelayMs: 300,
  /** See `retryDelayMs`. */
  longestRetryDelayMs: 2_000,
  /** See `retryDelayMs`. */
  maxTableRetries: 3,
  /** The first try and as many retries as for tables. */
  maxBlobTries: 4,
  /**
   * Tries of a conditional write. After each conflict another writer has succeeded, so this many in
   * a row indicate another problem.
   */
  maxWriteTries: 60,
  /** A conflict is over in milliseconds; doubled for each further try. */
  firstWritePauseMs: 10,
  /** Many writers of a row are spread over a second. */
  longestWritePauseMs: 1_000,
  /** Missing tables are created in the background; a person may be repairing the account. */
  prepareRetryMs: 10_000,
} as const;

/** Responses to HTTP callers. */
export const httpPolicy = {
  /** Longer than a storage operation takes, so that a caller does not wait for the same fault. */
  retryAfterSeconds: 10,
  /** A migration takes hours at least, so a caller learns little by reading it more often. */
  pollSeconds: 30,
  /** Shorter than callers wait. A start that takes effect later is harmless. */
  startMs: 6_000,
  /** Together with `startMs` less than the ten seconds in which a caller gets a response. */
  statusMs: 2_000,
  /** For all wake-up events of a command: no caller waits for a host that does not respond. */
  wakeUpMs: 6_000,
} as const;

/** Messages of the queues. */
export const intakePolicy = {
  /** Every 15 minutes: the host lets poison messages expire only after seven days. */
  poisonSchedule: '0 */15 * * * *',
  /** A received message that is not deleted becomes visible again after five minutes. */
  poisonVisibilitySeconds: 5 * minuteSeconds,
  /** If messages arrive faster than this, the next invocations process the rest. */
  maxReceives: 50,
} as const;

/** What completes the work of stopped processes. */
export const sweepPolicy = {
  /** Every 5 minutes: short enough for anybody who waits. */
  schedule: '0 */5 * * * *',
  /** Time for a start to become visible: the one after the acceptance, and an earlier sweep's. */
  startGraceMs: 2 * minuteMs,
  /**
   * A function runs for at most ten minutes (`host.json`), so after this time no write of it is
   * outstanding.
   */
  writtenMs: 15 * minuteMs,
} as const;
