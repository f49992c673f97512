import { parameterTypes, type SharePointParameters } from '../contracts/sharePointParameters.ts';
import { lenientInstantMs } from '../contracts/text.ts';

/** The source of a SharePoint task: the lookup by which Graph finds the task, and its value. */
export interface SharePointSource {
  readonly kind: 'userPrincipalName' | 'userId' | 'siteUrl' | 'mailNickname';
  readonly value: string;
}

/** Returns the source of a task. */
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

/** Returns the target of a task, for display. */
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

/**
 * Returns a key for the source of a task. Like SharePoint, it ignores case and trailing slashes.
 */
export function sourceKey(parameters: SharePointParameters): string {
  const { kind, value } = sourceOf(parameters);
  return `${kind} ${value.toLowerCase().replace(/\/+$/, '')}`;
}

/** The statuses of a SharePoint task that Graph documents (sharePointMigrationTaskStatus). */
export const sharePointStatuses = [
  'notStarted',
  'inProgress',
  'completed',
  'cancelled',
  'failed',
] as const;

/** Returns whether Graph documents a status of a SharePoint task. */
export function isSharePointStatus(status: string): boolean {
  return (sharePointStatuses as readonly string[]).includes(status);
}

/** Returns whether a status of a SharePoint task is final. An undocumented status is not. */
export function isFinalSharePointStatus(status: string): boolean {
  return status === 'completed' || status === 'cancelled' || status === 'failed';
}

/** The name of the only workload of a SharePoint task. */
export const sharePointWorkload = 'SharePoint';

/**
 * Returns the parameters that create a task: those of the request, with the start of a reschedule.
 * If the latest start of the task is before that, its own dates apply.
 * @param startAt ISO 8601, or null if the task was not rescheduled
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

/** Returns whether the latest start of a task is after an instant. */
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
 * Returns the name of the first parameter that Graph shows with another value than was sent, or
 * null. Graph adds and omits parameters, so only those on both sides are compared.
 * @param what `task`: compare source and target, which identifies a task of the app; `all`: also
 * compare start and location, for a task that somebody else created. A missing start then differs
 * from a given one.
 */
export function firstDifference(
  sent: SharePointParameters,
  shown: Readonly<Record<string, unknown>>,
  what: 'task' | 'all',
): string | null {
  for (const [name, value] of Object.entries(sent)) {
    if (ignoredParameters.includes(name) || (what === 'task' && !sourceAndTarget.includes(name)))
      continue;
    if (
      name === 'preferredStartDateTime'
        ? !isSameInstant(value, shown[name])
        : !isSameValue(value, shown[name])
    )
      return name;
  }
  return null;
}

const ignoredParameters: readonly string[] = [
  '@odata.type',
  'validateOnly',
  'preferredLatestStartDateTime',
];
const sourceAndTarget: readonly string[] = [
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

function isSameValue(sent: unknown, shown: unknown): boolean {
  if (sent === null || sent === undefined || shown === null || shown === undefined) return true;
  if (typeof sent === 'object')
    return (
      typeof shown !== 'object' ||
      Object.entries(sent).every(([name, value]) => isSameValue(value, Reflect.get(shown, name)))
    );
  return comparable(sent) === comparable(shown);
}

/** Removes what Graph ignores in names and addresses: case and trailing slashes. */
function comparable(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase().replace(/\/+$/, '') : value;
}
