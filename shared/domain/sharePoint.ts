import { parameterTypes, type SharePointParameters } from '../contracts/sharePointParameters.ts';
import { lenientInstantMs } from './text.ts';

/** What a SharePoint task moves: by which lookup Graph finds it, and the value for that. */
export interface SharePointSource {
  readonly kind: 'userPrincipalName' | 'userId' | 'siteUrl' | 'mailNickname';
  readonly value: string;
}

/** The source of a task. */
export function sourceOf(parameters: SharePointParameters): SharePointSource {
  switch (parameters['@odata.type']) {
    case parameterTypes.user: {
      const { userPrincipalName, id = '' } = parameters.sourceUserIdentity;
      return userPrincipalName === undefined
        ? { kind: 'userId', value: id }
        : { kind: 'userPrincipalName', value: userPrincipalName };
    }
    case parameterTypes.group:
      return { kind: 'mailNickname', value: parameters.sourceGroupIdentity.mailNickname };
    case parameterTypes.site:
      return { kind: 'siteUrl', value: parameters.sourceSiteUrl };
  }
}

/** The target of a task, for people to read. */
export function targetOf(parameters: SharePointParameters): string {
  switch (parameters['@odata.type']) {
    case parameterTypes.user:
      return (
        parameters.targetUserIdentity.userPrincipalName ?? parameters.targetUserIdentity.id ?? ''
      );
    case parameterTypes.group:
      return parameters.targetGroupIdentity.mailNickname;
    case parameterTypes.site:
      return parameters.targetSiteUrl;
  }
}

/** A text that is the same for the same source however it is written: SharePoint compares without case and closing slash. */
export function sourceKey(parameters: SharePointParameters): string {
  const { kind, value } = sourceOf(parameters);
  return `${kind} ${value.toLowerCase().replace(/\/+$/, '')}`;
}

/** Every status of a SharePoint task that Graph documents (sharePointMigrationTaskStatus). */
export const sharePointStatuses = [
  'notStarted',
  'inProgress',
  'completed',
  'cancelled',
  'failed',
] as const;

/** True for a status of the documented set. */
export function isSharePointStatus(status: string): boolean {
  return (sharePointStatuses as readonly string[]).includes(status);
}

/** True for the statuses after which nothing comes. Whatever is not published is no end. */
export function isSharePointEnd(status: string): boolean {
  return status === 'completed' || status === 'cancelled' || status === 'failed';
}

/** The one workload of a SharePoint task. */
export const sharePointWorkload = 'SharePoint';

/**
 * What is sent to create a task: the request's parameters, with the start that a reschedule asked for. A task whose latest
 * start would be before that keeps its own dates.
 * @param startAt ISO 8601, or null when nobody has rescheduled
 */
export function createParameters(
  parameters: SharePointParameters,
  startAt: string | null,
): SharePointParameters {
  const { validateOnly: _validateOnly, ...sent } = parameters;
  if (startAt === null || !canStartAt(parameters, startAt)) return sent;
  return {
    ...sent,
    preferredStartDateTime: `${new Date(Date.parse(startAt)).toISOString().slice(0, 19)}Z`,
  };
}

/** Whether a task may still start at this instant. */
export function canStartAt(
  { preferredLatestStartDateTime }: SharePointParameters,
  startAt: string,
): boolean {
  return (
    preferredLatestStartDateTime === undefined ||
    Date.parse(preferredLatestStartDateTime) > Date.parse(startAt)
  );
}

/**
 * The first member that a task was sent with and shows otherwise; null when none does. Graph fills in what was left out, and
 * sometimes leaves out what was sent, so only what is on both sides is compared.
 * @param what `move`: what is moved to whom, enough to know our own task again; `all`: also when and into which location, for
 * a task of somebody else, where one that shows no start differs from one that asks for one
 */
export function differsIn(
  sent: SharePointParameters,
  shown: Readonly<Record<string, unknown>>,
  what: 'task' | 'all',
): string | null {
  for (const [name, value] of Object.entries(sent)) {
    if (ignored.includes(name) || (what === 'task' && !ofTask.includes(name))) continue;
    if (
      name === 'preferredStartDateTime'
        ? !isSameInstant(value, shown[name])
        : !agrees(value, shown[name])
    )
      return name;
  }
  return null;
}

const ignored: readonly string[] = ['@odata.type', 'validateOnly', 'preferredLatestStartDateTime'];
const ofTask: readonly string[] = [
  'sourceUserIdentity',
  'targetUserIdentity',
  'sourceGroupIdentity',
  'targetGroupIdentity',
  'sourceSiteUrl',
  'targetSiteUrl',
  'targetOrganizationId',
];

function isSameInstant(sent: unknown, shown: unknown): boolean {
  return (
    typeof sent === 'string' &&
    typeof shown === 'string' &&
    lenientInstantMs(shown) === Date.parse(sent)
  );
}

function agrees(sent: unknown, shown: unknown): boolean {
  if (sent === null || sent === undefined || shown === null || shown === undefined) return true;
  if (typeof sent === 'object')
    return (
      typeof shown !== 'object' ||
      Object.entries(sent).every(([name, value]) => agrees(value, Reflect.get(shown, name)))
    );
  return plain(sent) === plain(shown);
}

/** Names and addresses are the same in any case, with a closing slash or without. */
function plain(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase().replace(/\/+$/, '') : value;
}
