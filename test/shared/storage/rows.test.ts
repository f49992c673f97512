import { expect, it } from 'vitest';
import { z } from 'zod';
import { migrationRequestSchema } from '../../../shared/contracts/request.ts';
import { parameterTypes } from '../../../shared/contracts/sharePointParameters.ts';
import { parseStored } from '../../../shared/storage/rows.ts';
import { aRequest } from './sampleRows.ts';

const user = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

it('drops the members of a request that a later release has added, wherever they are', () => {
  const request = aRequest('wave07', [user(1)]);
  const later = {
    ...request,
    dryRun: { hours: 3 },
    users: [
      { targetUserId: user(1), priority: 1 },
      user(2),
      { targetUserId: user(3), moveAgain: true },
    ],
    approval: { required: true, timeoutHours: 5, approvers: ['a'] },
    exchangeSettings: {
      sourceEndpoint: 'xt',
      targetDeliveryDomain: 'fabrikam.onmicrosoft.com',
      archive: true,
    },
  };
  const sent = structuredClone(later);
  expect(parseStored(migrationRequestSchema, later)).toEqual({
    ...request,
    users: [
      { targetUserId: user(1) },
      { targetUserId: user(2) },
      { targetUserId: user(3), moveAgain: true },
    ],
    approval: { required: true, timeoutHours: 5 },
    exchangeSettings: { sourceEndpoint: 'xt', targetDeliveryDomain: 'fabrikam.onmicrosoft.com' },
  });
  expect(later).toEqual(sent);
});

it('drops them from the parameters of a SharePoint task, and keeps what it knows', () => {
  const parameters = {
    '@odata.type': parameterTypes.group,
    sourceGroupIdentity: { mailNickname: 'a' },
    targetGroupIdentity: { mailNickname: 'b' },
  };
  const task = {
    ...parameters,
    sourceGroupIdentity: { mailNickname: 'a', id: 'x' },
    keepVersions: 5,
  };
  const request = { kind: 'sharePoint', name: 'sites', tasks: [task] };
  expect(parseStored(migrationRequestSchema, request)).toMatchObject({
    kind: 'sharePoint',
    tasks: [parameters],
  });
  expect(parseStored(migrationRequestSchema, request)).not.toHaveProperty('tasks.0.keepVersions');
});

it('throws what is wrong with members that it knows', () => {
  expect(() =>
    parseStored(migrationRequestSchema, { ...aRequest('wave07'), workloads: 'all', later: 1 }),
  ).toThrow('workloads');
  const either = z.union([z.string(), z.strictObject({ a: z.string() })]);
  expect(() => parseStored(either, { a: 1, later: 1 })).toThrow();
  expect(parseStored(either, { a: 'b', later: 1 })).toEqual({ a: 'b' });
});
