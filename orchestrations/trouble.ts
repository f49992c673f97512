import type { OrchestrationContext } from 'durable-functions';
import { withoutAddresses } from '../shared/domain/withoutAddresses.ts';

const longestText = 2_000;

/** An activity that has failed at every try, or whose answer cannot be read. `cause`: what was thrown, whose text is for the log only. */
export class ActivityFailure extends Error {
  override readonly name = 'ActivityFailure';
  readonly code: 'activityFailed' | 'answerUnreadable';
  readonly activity: string;

  constructor(code: ActivityFailure['code'], activity: string, cause: unknown) {
    super(`the activity ${activity} failed`, { cause });
    this.code = code;
    this.activity = activity;
  }
}

const sentences: Readonly<Record<ActivityFailure['code'], string>> = {
  activityFailed: 'failed at every try',
  answerUnreadable: 'gave an answer that cannot be read',
};

/**
 * Writes an error to the log, once and bounded, and returns what may be kept and shown of it: a code, a sentence, and the operation id that its log
 * entry begins with. The text of the error stays in the log: on Azure it holds stack traces, paths of the server and addresses of storage.
 */
export function logTrouble(context: OrchestrationContext, error: unknown): string {
  const { instanceId } = context.df;
  const failure = error instanceof ActivityFailure ? error : undefined;
  const operationId = failure === undefined ? instanceId : `${instanceId}/${failure.activity}`;
  const what =
    failure === undefined
      ? 'unexpectedError: a step failed unexpectedly'
      : `${failure.code}: the activity ${failure.activity} ${sentences[failure.code]}`;
  if (!context.df.isReplaying)
    context.warn(`operation ${operationId}: ${textOf(failure?.cause ?? error)}`);
  return `${what}; the log has the reason under the operation id ${operationId}`;
}

/** Writes a warning to the log, once: a replay does not repeat it. */
export function warn(context: OrchestrationContext, text: string): void {
  if (!context.df.isReplaying) context.warn(`${context.df.instanceId}: ${text}`);
}

function textOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const secretless = text
    .slice(0, longestText)
    .replaceAll(/\beyJ[\w-]+(?:\.[\w-]*)*/g, '(token)')
    .replaceAll(/\b(sig|AccountKey|SharedAccessSignature)=[^&;\s"]+/gi, '$1=(secret)');
  return withoutAddresses(secretless).replaceAll(/\s+/g, ' ');
}
