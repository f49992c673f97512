import type { TokenCredential } from '@azure/core-auth';
import { createHttpHeaders, type HttpClient, RestError } from '@azure/core-rest-pipeline';
import { expect, it } from 'vitest';
import { createSend } from '../../../shared/graph/pipeline.ts';
import { CallBudget } from '../../../shared/graph/tenant.ts';
import { actions, clientsOver, creates, credential, job, newJob, reads } from './clientOnPlan.ts';
import { plannedResponses } from './plannedResponses.ts';

const url = 'https://graph.microsoft.com/v1.0/x';
const post = { method: 'POST', url, body: {} } as const;

/** A credential that gives so many tokens, and then fails. */
function failing(error: Error, good = 0): TokenCredential {
  let given = 0;
  return {
    getToken: () => {
      given += 1;
      return given > good
        ? Promise.reject(error)
        : Promise.resolve({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 });
    },
  };
}

const hanging: HttpClient = { sendRequest: () => new Promise(() => undefined) };
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

const tokenFailures: readonly (readonly [string, Error])[] = [
  [
    'the credential is not there',
    named('CredentialUnavailableError', 'the managed identity endpoint does not answer'),
  ],
  [
    'the sign-in refuses',
    named('AuthenticationRequiredError', 'AADSTS700027: the client assertion is not valid'),
  ],
  [
    'the network to the sign-in fails',
    new RestError('getaddrinfo ENOTFOUND login.microsoftonline.com', { code: 'ENOTFOUND' }),
  ],
  ['the sign-in hangs up', new RestError('socket hang up', { code: 'ECONNRESET' })],
  ['the wait for it is given up', named('AbortError', 'the operation was aborted')],
];

it.each(tokenFailures)('no call is sent or unknown if %s', async (_, error) => {
  const { httpClient, sent } = plannedResponses([{ body: job }]);
  for (const call of Object.values({ ...reads, ...creates, ...actions })) {
    expect(await call(clientsOver(httpClient, failing(error)))).toMatchObject({
      kind: 'retryAfter',
      seconds: 30,
      problem: {
        httpStatus: 0,
        code: 'noToken',
        message: expect.stringContaining(error.message) as string,
      },
    });
  }
  expect(sent).toEqual([]);
});

it.each(tokenFailures)('nothing has happened after a 401 and then %s', async (_, error) => {
  const { httpClient, sent } = plannedResponses([{ status: 401 }]);
  expect(await clientsOver(httpClient, failing(error, 1)).jobs.createJob(newJob)).toMatchObject({
    kind: 'retryAfter',
    problem: { code: 'noToken' },
  });
  expect(sent).toHaveLength(1);
});

it('nothing has happened when a claims challenge cannot be met', async () => {
  const claims = Buffer.from('{"access_token":{}}').toString('base64');
  const { httpClient } = plannedResponses([
    {
      status: 401,
      headers: {
        'www-authenticate': `Bearer realm="", error="insufficient_claims", claims="${claims}"`,
      },
    },
  ]);
  const refused = new RestError('interaction_required', { code: 'ECONNRESET' });
  expect(await clientsOver(httpClient, failing(refused, 1)).jobs.createJob(newJob)).toMatchObject({
    kind: 'retryAfter',
    problem: { code: 'noToken' },
  });
});

it('a credential that ignores signals delays the call no longer than its deadline', async () => {
  const { httpClient, sent } = plannedResponses([{ body: job }]);
  const send = createSend({
    credential: { getToken: () => new Promise(() => undefined) },
    scope: 's',
    httpClient,
    deadlineMs: 30,
  });
  expect(await send(post)).toMatchObject({
    wasSent: false,
    problem: { code: 'noToken', message: 'POST /v1.0/x: no token: no token came in time' },
  });
  expect(sent).toEqual([]);
});

it('a call that cannot start before its deadline is never sent', async () => {
  const budget = new CallBudget(() => Date.now());
  const flying = Array.from({ length: budget.limit }, () => Promise.withResolvers<undefined>());
  let sent = 0;
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      sent += 1;
      await flying[sent - 1]?.promise;
      return { request, status: 200, headers: createHttpHeaders(), bodyAsText: '{}' };
    },
  };
  const options = { credential, scope: 's', httpClient, budget };
  const send = createSend(options);
  const first = flying.map(() => send(post));
  expect(await createSend({ ...options, deadlineMs: 30 })(post)).toMatchObject({
    wasSent: false,
    problem: { httpStatus: 0, code: 'notSent' },
  });
  for (const { resolve } of flying) resolve(undefined);
  await Promise.all(first);
  expect(sent).toBe(flying.length);
  expect(await send(post)).toMatchObject({ status: 200 });
});

it('a request that was sent and got no response may have taken effect', async () => {
  const lost: HttpClient = {
    sendRequest: (request) =>
      new Promise((_, reject) =>
        request.abortSignal?.addEventListener('abort', () => {
          reject(named('AbortError', 'given up'));
        }),
      ),
  };
  expect(
    await createSend({ credential, scope: 's', httpClient: lost, deadlineMs: 30 })(post),
  ).toMatchObject({
    wasSent: true,
    problem: {
      httpStatus: 0,
      code: '',
      message: 'POST /v1.0/x: no response: given up',
      clientRequestId: expect.any(String) as string,
    },
  });
  const broken: HttpClient = {
    sendRequest: () => Promise.reject(new TypeError('the socket is of no type that is known')),
  };
  expect(await clientsOver(broken).jobs.createJob(newJob)).toMatchObject({ kind: 'unknown' });
});

it.each(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED'])(
  'a write whose connection was never opened (%s) was not sent',
  async (code) => {
    const httpClient: HttpClient = {
      sendRequest: (request) =>
        Promise.reject(new RestError(`${code} graph.microsoft.com`, { code, request })),
    };
    expect(await clientsOver(httpClient).jobs.createJob(newJob)).toMatchObject({
      kind: 'retryAfter',
      seconds: 30,
      problem: { code: 'notSent', message: expect.stringContaining(code) as string },
    });
  },
);

it('a response counts even if the deadline passed meanwhile', async () => {
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      await new Promise<void>((resolve) =>
        request.abortSignal?.addEventListener('abort', () => {
          resolve();
        }),
      );
      return {
        request,
        status: 201,
        headers: createHttpHeaders(),
        bodyAsText: JSON.stringify(job),
      };
    },
  };
  const send = createSend({ credential, scope: 's', httpClient, deadlineMs: 30 });
  expect(await send(post)).toMatchObject({ status: 201 });
  expect(await send({ method: 'GET', url })).toMatchObject({ status: 201 });
});

it('a call that is over before its turn comes to the network is not begun', async () => {
  const slow: TokenCredential = {
    getToken: () =>
      new Promise((resolve) =>
        setTimeout(() => {
          resolve({ token: 't', expiresOnTimestamp: Date.now() + 3_600_000 });
        }, 60),
      ),
  };
  expect(
    await createSend({ credential: slow, scope: 's', httpClient: hanging, deadlineMs: 30 })(post),
  ).toMatchObject({ wasSent: false });
});

it('the reason shows nobody and no token', async () => {
  const cause = new Error(
    "no user o'neil@contoso.com at https://login.example/users/neil%40contoso.com?x=1",
    { cause: new Error('assertion eyJhbGciOi.eyJzdWIi.sig-na for lee%40contoso.com') },
  );
  const result = await clientsOver(hanging, failing(cause)).sharePoint.getTaskByUser(
    "o'neil@contoso.com",
  );
  expect(result).toMatchObject({
    kind: 'retryAfter',
    problem: {
      message: expect.stringMatching(
        /\(…\): no token: no user \(address\) at https:\/\/login\.example\/…: assertion \(token\) for \(address\)$/,
      ) as string,
    },
  });
});
