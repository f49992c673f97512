import { describe, expect, it } from 'vitest';
import { isWrite, operationNames, operationOf } from '../operationNames.ts';

const jobs = '/v1.0/solutions/migrations/crossTenantMigrationJobs';
const sharePoint = '/beta/solutions/sharePoint/migrations';
const id = '0f1e2d3c-4b5a-4697-8877-665544332211';

const examples: readonly (readonly [string, string, string])[] = [
  ['GET', jobs, 'listJobs'],
  ['GET', `${jobs}/$count`, 'countJobs'],
  ['POST', `/beta/solutions/migrations/CROSSTENANTMIGRATIONJOBS`, 'createJob'],
  ['GET', `${jobs}/${id}`, 'getJob'],
  ['GET', `${jobs}/wave%2007`, 'getJob'],
  ['GET', `${jobs}('${id}')`, 'getJob'],
  ['GET', `${jobs}(displayName='a)b%27%27c')`, 'findJob'],
  ['PATCH', `${jobs}/${id}`, 'updateJob'],
  ['DELETE', `${jobs}(displayName='x')`, 'deleteJob'],
  ['POST', `${jobs}/${id}/Validate`, 'validateJob'],
  ['POST', `${jobs}(displayName='x')/validate`, 'validateJob'],
  ['POST', `${jobs}/validate`, 'validateNewJob'],
  ['POST', `${jobs}/${id}/migrate`, 'migrateJob'],
  ['POST', `${jobs}/${id}/cancel`, 'cancelJob'],
  ['GET', `${jobs}/${id}/users`, 'listTasks'],
  ['GET', `${jobs}/${id}/users/$count`, 'countTasks'],
  ['GET', `${jobs}/${id}/users/${id}`, 'getTask'],
  ['POST', `${jobs}/${id}/users`, 'createTask'],
  ['PATCH', `${jobs}/${id}/users/${id}`, 'updateTask'],
  ['POST', `${jobs}/${id}/users/${id}/cancel`, 'cancelTask'],
  ['POST', `${sharePoint}/crossOrganizationMigrationTasks`, 'createSharePointTask'],
  ['GET', `${sharePoint}/crossOrganizationMigrationTasks/${id}`, 'getSharePointTask'],
  [
    'GET',
    `${sharePoint}/crossOrganizationMigrationTasks/getBySourceUserPrincipalName(sourcePrincipalName='lee%40contoso.com')`,
    'findSharePointTaskByUser',
  ],
  [
    'GET',
    `${sharePoint}/crossOrganizationMigrationTasks/getBySourceSiteUrl(sourceSiteUrl='https://contoso.sharepoint.com/sites/IT')`,
    'findSharePointTaskBySite',
  ],
  [
    'GET',
    `${sharePoint}/crossOrganizationMigrationTasks/getBySourceGroupMailNickname(sourceGroupMailNickname='sales')`,
    'findSharePointTaskByGroup',
  ],
  ['POST', `${sharePoint}/crossOrganizationMigrationTasks/${id}/cancel`, 'cancelSharePointTask'],
  [
    'GET',
    `${sharePoint}/crossOrganizationUserMappings(sourceUserPrincipalName='lee%40contoso.com')`,
    'getUserMapping',
  ],
  [
    'GET',
    `${sharePoint}/crossOrganizationGroupMappings(sourceGroupObjectId='${id}')`,
    'getGroupMapping',
  ],
  ['PATCH', `${sharePoint}/crossOrganizationUserMappings`, 'updateUserMappings'],
  ['PATCH', `${sharePoint}/crossOrganizationGroupMappings`, 'updateGroupMappings'],
  ['POST', `/${id}/oauth2/v2.0/token`, 'requestToken'],
  ['POST', '/v1.0/$batch', 'batch'],
  ['GET', '/v1.0/me', 'other'],
];

describe('operation names', () => {
  it.each(examples)('%s %s is %s', (method, path, operation) => {
    expect(operationOf(method, path)).toBe(operation);
  });

  it('are each there for a call', () => {
    expect(new Set(examples.map(([, , operation]) => operation))).toEqual(new Set(operationNames));
  });

  it('separate reads from writes', () => {
    const reads = examples
      .filter(([method]) => method === 'GET')
      .map(([, , operation]) => operation);
    for (const name of operationNames) {
      if (['requestToken', 'batch', 'other'].includes(name)) expect(isWrite(name)).toBe(false);
      else expect(isWrite(name)).toBe(!reads.includes(name));
    }
  });
});
