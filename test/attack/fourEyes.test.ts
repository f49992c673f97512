import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemSchema } from '../../shared/contracts/problem.ts';
import { createMemoryStores, type MemoryStores } from '../memoryStores/memoryStores.ts';
import { aMigration, anApproval, taken } from '../shared/storage/sampleRows.ts';
import { type AttackedApp, attackedApp } from './attackedApp.ts';
import { usersRequest } from './rightRequests.ts';
import type { Answer } from './send.ts';

let app: AttackedApp<MemoryStores>;
beforeAll(async () => {
  app = await attackedApp({ stores: createMemoryStores() });
});
afterAll(() => app.close());

const requester = 'lee@fabrikam.com';
const post = (path: string, body: object): Promise<Answer> =>
  app.send({ method: 'POST', path: `/api/${path}`, body: JSON.stringify(body) });
const problemOf = ({ text }: Answer) => problemSchema.parse(JSON.parse(text));
const withApproval = (name: string, changes: object = {}): object => ({
  ...usersRequest,
  name,
  requestedBy: requester,
  approval: { required: true },
  ...changes,
});
const waiting = async (id: string): Promise<string> => {
  await app.stores.migrations.accept(
    taken(
      aMigration(id, {
        phase: 'running',
        requestedBy: requester,
        requestedByKind: 'named',
        approvalHours: 24,
      }),
    ),
  );
  await app.stores.commands.askApproval(anApproval(id, 1));
  return id;
};

describe('with function keys, a request with approval', () => {
  it('names its requester or is refused, and its answer says what that is worth', async () => {
    const nameless = await post('migrations', withApproval('nameless', { requestedBy: undefined }));
    expect([nameless.status, problemOf(nameless).errors?.map(({ path }) => path)]).toEqual([
      400,
      ['requestedBy'],
    ]);
    const accepted = await post('migrations', withApproval('named'));
    expect([accepted.status, accepted.text]).toEqual([
      202,
      expect.stringContaining('function keys do not identify people'),
    ]);
    expect(
      (await app.stores.migrations.list({ pageSize: 10 })).items.find(
        ({ name }) => name === 'named',
      ),
    ).toMatchObject({ requestedBy: requester, requestedById: null, requestedByKind: 'named' });
  });

  it('that comes by the queue or as a blob is a rejection that says what to do, and not by replay either', async () => {
    app.stores.putInbox('blob.json', JSON.stringify(withApproval('by blob')));
    for (const text of [
      JSON.stringify(withApproval('by queue')),
      JSON.stringify({ requestBlob: 'blob.json' }),
    ]) {
      const { id } = await app.deliver(text);
      expect((await app.stores.rejections.get(id))?.rejection).toMatchObject({
        code: 'approvalNeedsSignIn',
        detail: expect.stringContaining('POST /api/migrations with requestedBy') as string,
      });
      const replayed = await app.send({ method: 'POST', path: `/api/rejections/${id}/replay` });
      expect([replayed.status, replayed.text]).toEqual([
        409,
        expect.stringContaining('approvalNeedsSignIn'),
      ]);
    }
    expect(
      (await app.stores.migrations.list({ pageSize: 10 })).items.filter(({ name }) =>
        name.startsWith('by '),
      ),
    ).toEqual([]);
    // Without an approval nobody has to be known.
    const { id, outcome } = await app.deliver(
      JSON.stringify({ ...usersRequest, name: 'plain', approval: undefined }),
    );
    expect([outcome.ok, await app.stores.rejections.get(id)]).toEqual([true, undefined]);
  });
});

describe('with function keys, no approval comes from the requester in another spelling', () => {
  it.each([
    ['case', 'LEE@Fabrikam.COM'],
    ['full-width letters', 'ｌｅｅ＠fabrikam.com'],
    ['spaces', ' lee @fabrikam.com '],
    ['trailing dots', 'lee@fabrikam.com.'],
    ['a dot before the domain', 'lee.@fabrikam.com'],
    ['combining marks', 'le\u0301e@fabrikam.com'],
    ['no domain', 'Lee'],
    ['zero width space', 'lee\u200b@fabrikam.com'],
    ['zero width joiner', 'l\u200dee@fabrikam.com'],
    ['soft hyphen', 'le\u00ade@fabrikam.com'],
    ['word joiner', 'lee\u2060@fabrikam.com'],
    ['variation selector', 'lee\ufe0f@fabrikam.com'],
    ['Hangul filler', 'lee\u3164@fabrikam.com'],
    ['bidirectional mark', '\u202elee@fabrikam.com'],
    ['no-break space', 'lee\u00a0@fabrikam.com'],
    ['Cyrillic letter', 'lеe@fabrikam.com'],
    ['Greek letter', 'leε@fabrikam.com'],
    ['tag character', 'lee\u{e0041}@fabrikam.com'],
  ])('%s', async (what, by) => {
    const id = await waiting(`m-${what.toLowerCase().replaceAll(/[^a-z]/g, '-')}`);
    const answer = await post(`migrations/${id}/approve`, { by });
    expect([400, 403]).toContain(answer.status);
    expect((await app.stores.commands.readLog(id)).approvals[0]?.decision).toBeUndefined();
  });

  it('a name with a character that nobody sees is refused where it comes in, by its field and the character', async () => {
    const id = await waiting('m-refused');
    const approve = await post(`migrations/${id}/approve`, { by: 'lee\u200b@fabrikam.com' });
    expect([approve.status, problemOf(approve).errors]).toMatchObject([
      400,
      [{ path: 'by', message: expect.stringContaining('U+200B') as string }],
    ]);
    const request = await post(
      'migrations',
      withApproval('odd', { requestedBy: 'lеe@fabrikam.com' }),
    );
    expect([request.status, problemOf(request).errors]).toMatchObject([
      400,
      [{ path: 'requestedBy', message: expect.stringContaining('U+0435') as string }],
    ]);
  });

  it('somebody else approves, under a name of any script', async () => {
    for (const [n, by] of [
      'ana@fabrikam.com',
      'Zoë Ångström',
      '山田太郎',
      'Анна Петрова',
      "o'neil_1@fabrikam.com",
      'FABRIKAM\\kim',
    ].entries()) {
      const id = await waiting(`m-fine-${String(n)}`);
      expect([by, (await post(`migrations/${id}/approve`, { by })).status]).toEqual([by, 202]);
    }
  });
});

describe('with function keys', () => {
  it('decisions, deletions and additions to what is approved need a name', async () => {
    const id = await waiting('m-names');
    for (const [verb, body] of [
      ['approve', {}],
      ['reject', {}],
      ['delete-jobs', { confirmName: 'm-names' }],
      ['tasks', { users: ['aaaaaaaa-0000-4000-8000-000000000077'] }],
    ] as const) {
      const answer = await post(`migrations/${id}/${verb}`, body);
      expect([verb, answer.status, problemOf(answer).errors?.map(({ path }) => path)]).toEqual([
        verb,
        400,
        ['by'],
      ]);
    }
  });

  it('nobody approves what somebody who was signed in, or a message, has asked for', async () => {
    for (const requestedByKind of ['authenticated', 'claimed'] as const) {
      const id = `m-${requestedByKind}`;
      await app.stores.migrations.accept(
        taken(
          aMigration(id, {
            phase: 'running',
            requestedBy: requester,
            requestedById: requestedByKind === 'claimed' ? null : 'tenant/object',
            requestedByKind,
            approvalHours: 24,
          }),
        ),
      );
      await app.stores.commands.askApproval(anApproval(id, 1));
      const answer = await post(`migrations/${id}/approve`, { by: 'ana@fabrikam.com' });
      expect([answer.status, problemOf(answer).code]).toEqual([403, 'approverNotAuthenticated']);
    }
  });
});
