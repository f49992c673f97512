/** The names of all operations, as the log and a fault plan use them. */
export const operationNames = [
  'listJobs',
  'countJobs',
  'createJob',
  'getJob',
  /** By `crossTenantMigrationJobs(displayName='…')`. */
  'findJob',
  'updateJob',
  'deleteJob',
  'validateJob',
  /** The legacy validate on the collection. */
  'validateNewJob',
  'migrateJob',
  'cancelJob',
  'listTasks',
  'countTasks',
  'getTask',
  'createTask',
  'updateTask',
  'cancelTask',
  'createSharePointTask',
  'getSharePointTask',
  'findSharePointTaskByUser',
  'findSharePointTaskBySite',
  'findSharePointTaskByGroup',
  'cancelSharePointTask',
  'getUserMapping',
  'getGroupMapping',
  'updateUserMappings',
  'updateGroupMappings',
  'requestToken',
  'batch',
  'other',
] as const;
export type OperationName = (typeof operationNames)[number];

type Route = readonly [method: string, path: RegExp, operation: OperationName];

const key = String.raw`(?:\/[^/]+|\(.*(?:'|%27)\))`;
const jobs: readonly Route[] = [
  ['GET', /^$/, 'listJobs'],
  ['POST', /^$/, 'createJob'],
  ['GET', /^\/\$count$/i, 'countJobs'],
  ['POST', /^\/validate$/i, 'validateNewJob'],
  ['GET', /^\(displayName=.*\)$/i, 'findJob'],
  ['GET', new RegExp(`^${key}$`), 'getJob'],
  ['PATCH', new RegExp(`^${key}$`), 'updateJob'],
  ['DELETE', new RegExp(`^${key}$`), 'deleteJob'],
  ['POST', new RegExp(`^${key}/validate$`, 'i'), 'validateJob'],
  ['POST', new RegExp(`^${key}/migrate$`, 'i'), 'migrateJob'],
  ['POST', new RegExp(`^${key}/cancel$`, 'i'), 'cancelJob'],
  ['GET', new RegExp(`^${key}/users$`, 'i'), 'listTasks'],
  ['POST', new RegExp(`^${key}/users$`, 'i'), 'createTask'],
  ['GET', new RegExp(String.raw`^${key}/users/\$count$`, 'i'), 'countTasks'],
  ['GET', new RegExp(`^${key}/users/[^/]+$`, 'i'), 'getTask'],
  ['PATCH', new RegExp(`^${key}/users/[^/]+$`, 'i'), 'updateTask'],
  ['POST', new RegExp(`^${key}/users/[^/]+/cancel$`, 'i'), 'cancelTask'],
];
const sharePoint: readonly Route[] = [
  ['POST', /^\/crossOrganizationMigrationTasks$/i, 'createSharePointTask'],
  [
    'GET',
    /^\/crossOrganizationMigrationTasks\/getBySourceUserPrincipalName\(.*\)$/i,
    'findSharePointTaskByUser',
  ],
  [
    'GET',
    /^\/crossOrganizationMigrationTasks\/getBySourceSiteUrl\(.*\)$/i,
    'findSharePointTaskBySite',
  ],
  [
    'GET',
    /^\/crossOrganizationMigrationTasks\/getBySourceGroupMailNickname\(.*\)$/i,
    'findSharePointTaskByGroup',
  ],
  ['GET', /^\/crossOrganizationMigrationTasks\/[^/]+$/i, 'getSharePointTask'],
  ['POST', /^\/crossOrganizationMigrationTasks\/[^/]+\/cancel$/i, 'cancelSharePointTask'],
  ['GET', /^\/crossOrganizationUserMappings\(.*\)$/i, 'getUserMapping'],
  ['GET', /^\/crossOrganizationGroupMappings\(.*\)$/i, 'getGroupMapping'],
  ['PATCH', /^\/crossOrganizationUserMappings$/i, 'updateUserMappings'],
  ['PATCH', /^\/crossOrganizationGroupMappings$/i, 'updateGroupMappings'],
];
const roots: readonly (readonly [RegExp, readonly Route[]])[] = [
  [/^\/(?:v1\.0|beta)\/solutions\/migrations\/crossTenantMigrationJobs(?=[/(]|$)/i, jobs],
  [/^\/(?:v1\.0|beta)\/solutions\/sharePoint\/migrations(?=\/)/i, sharePoint],
  [/^\/(?:v1\.0|beta)(?=\/\$batch$)/i, [['POST', /^\/\$batch$/i, 'batch']]],
  [/^\/[^/]+(?=\/oauth2\/v2\.0\/token$)/i, [['POST', /./, 'requestToken']]],
];

/** Returns the operation of a method and a path; `other` for a call that Graph does not have. */
export function operationOf(method: string, pathname: string): OperationName {
  for (const [root, routes] of roots) {
    const found = root.exec(pathname);
    if (found === null) continue;
    const rest = pathname.slice(found[0].length);
    return (
      routes.find(([routeMethod, path]) => routeMethod === method && path.test(rest))?.[2] ??
      'other'
    );
  }
  return 'other';
}

const reads: ReadonlySet<OperationName> = new Set(
  operationNames.filter((name) => /^(?:list|count|get|find)/.test(name)),
);

/** Returns true for an operation that changes something when it succeeds. */
export function isWrite(operation: OperationName): boolean {
  return (
    !reads.has(operation) &&
    operation !== 'requestToken' &&
    operation !== 'other' &&
    operation !== 'batch'
  );
}
