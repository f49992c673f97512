import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleText } from '../../../local/demo/sendExamples.ts';
import { readScenario } from '../../../local/graph-emulator/index.ts';
import { type UsersRequest, usersRequestSchema } from '../../../shared/contracts/request.ts';
import { checkRequest } from '../../../shared/domain/requestChecks.ts';

const read = (file: string): UsersRequest =>
  usersRequestSchema.parse(JSON.parse(exampleText(file)));
const wave07 = read('wave07.json');
const wave08 = read('wave08-validate-only.json');
const ids = (request: UsersRequest): string[] =>
  request.users.map(({ targetUserId }) => targetUserId);

describe('the examples', () => {
  it('are requests that are valid on any day, one of them for a validation only', () => {
    for (const request of [wave07, wave08]) expect(checkRequest(request, Date.now())).toEqual([]);
    expect([wave07.validateOnly, wave08.validateOnly]).toEqual([false, true]);
  });

  it('contain 250 and 40 users, none of them in both', () => {
    expect([wave07.users.length, wave08.users.length]).toEqual([250, 40]);
    expect(new Set([...ids(wave07), ...ids(wave08)]).size).toBe(290);
  });

  it('contain every user who fails in the scenario', () => {
    const { users } = readScenario(
      join(import.meta.dirname, '..', '..', '..', 'examples', 'scenario.json'),
    );
    const failing = users.map(({ id }) => id);
    expect(failing.filter((id) => ids(wave07).includes(id))).toHaveLength(10);
    expect(failing.filter((id) => ids(wave08).includes(id))).toHaveLength(2);
  });
});
