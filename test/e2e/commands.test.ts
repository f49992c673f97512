import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commandWithResultsSchema } from '../../shared/contracts/command.ts';
import { problemSchema } from '../../shared/contracts/problem.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import { startTestStack, type TestStack } from './testStack.ts';
import { userId, usersRequest } from './usersRequest.ts';
import { waitFor } from './waitFor.ts';

const listSchema = z.object({ value: z.array(commandWithResultsSchema) });

let running: TestStack;
beforeAll(async () => {
  running = await startTestStack();
}, 120_000);
afterAll(() => running.stop());

const send = (path: string, body: object = {}): Promise<Response> =>
  running.fetch(`${running.stack.apiUrl}/migrations/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function commands(id: string) {
  const answer = await running.fetch(`${running.stack.apiUrl}/migrations/${id}/commands`);
  return listSchema.parse(await answer.json()).value;
}

const problem = async (answer: Response) => problemSchema.parse(await answer.json());

describe('commands over HTTP', () => {
  it(
    'approve, reschedule and cancel one user of a migration that waits',
    { timeout: 120_000 },
    async () => {
      const request = {
        ...usersRequest('asked', 940, 3),
        requestedBy: 'lee@fabrikam.com',
        approval: { required: true, timeoutHours: 700 },
        completeAfterDateTime: new Date(running.stack.clock.now() + 2 * 86_400_000).toISOString(),
      };
      const id = await running.api.postMigration(JSON.stringify(request));
      await waitFor('the request for approval', async () =>
        (await running.api.migration(id)).approvals.length > 0 ? true : undefined,
      );

      const requester = await send(`${id}/approve`, { by: 'lee@fabrikam.com' });
      expect([requester.status, (await problem(requester)).code]).toEqual([
        403,
        'requesterCannotApprove',
      ]);
      const nobody = await send(`${id}/approve`);
      expect([nobody.status, (await problem(nobody)).errors?.map(({ path }) => path)]).toEqual([
        400,
        ['by'],
      ]);
      const past = await send(`${id}/reschedule`, {
        completeAfterDateTime: '2020-01-01T00:00:00Z',
      });
      expect([past.status, (await problem(past)).errors?.map(({ path }) => path)]).toEqual([
        400,
        ['completeAfterDateTime'],
      ]);

      expect(
        (await send(`${id}/tasks/${userId(940, 2)}/cancel`, { by: 'ana@fabrikam.com' })).status,
      ).toBe(202);
      expect((await send(`${id}/tasks/${userId(940, 99)}/cancel`)).status).toBe(404);
      const approved = await send(`${id}/approve`, { by: 'ana@fabrikam.com', reason: 'go' });
      expect([approved.status, await approved.json()]).toMatchObject([
        202,
        { kind: 'approve', state: 'applied' },
      ]);
      expect(approved.headers.get('location')).toBe(
        `${running.stack.apiUrl}/migrations/${id}/commands`,
      );

      const ended = await waitFor('the end', async () => {
        const migration = await running.api.migration(id);
        return isFinalPhase(migration.phase) ? migration : undefined;
      });
      expect(ended.counts).toMatchObject({ succeeded: 2, cancelled: 1 });
      expect((await commands(id)).map(({ kind, state, by }) => [kind, state, by])).toEqual([
        ['cancelTask', 'applied', 'ana@fabrikam.com'],
        ['approve', 'applied', 'ana@fabrikam.com'],
      ]);
      const late = await send(`${id}/cancel`);
      expect([late.status, (await problem(late)).code]).toEqual([409, 'tooLate']);
      expect((await send('nobody-0000000000/cancel')).status).toBe(404);
    },
  );

  it('cancel and pause a migration', { timeout: 120_000 }, async () => {
    const id = await running.api.postMigration(JSON.stringify(usersRequest('stopped', 941, 3)));
    expect((await send(`${id}/pause`)).status).toBe(202);
    expect((await send(`${id}/cancel`, { reason: 'wrong wave' })).status).toBe(202);
    const ended = await waitFor('the end', async () => {
      const migration = await running.api.migration(id);
      return isFinalPhase(migration.phase) ? migration : undefined;
    });
    expect(ended).toMatchObject({ phase: 'cancelled', counts: { cancelled: 3 } });
    expect((await commands(id)).map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'pause applied',
      'cancel applied',
    ]);
  });
});
