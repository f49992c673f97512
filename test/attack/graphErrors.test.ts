import { expect, it } from 'vitest';
import { MembershipUnknownError } from '../../orchestrations/users/runningJob.ts';
import { describeProblem } from '../../shared/graph/problems.ts';
import { createSharePointClient } from '../../shared/graph/sharePointClient.ts';

const name = "marked.o'source@contoso.example";
const noToken = {
  getToken: () =>
    Promise.reject(
      new Error(
        `no token today for ${name}, see https://login.example/users/${encodeURIComponent(name)}?token=marked`,
      ),
    ),
};
const client = createSharePointClient({
  config: { graph: { baseUrl: 'https://graph.example' } },
  sourceCredential: noToken,
  targetCredential: noToken,
});

it.each([
  ['a task by its user', () => client.getTaskByUser(name)],
  ['a task by its site', () => client.getTaskBySite(`https://contoso.example/personal/${name}`)],
  ['a task by its group', () => client.getTaskByGroup('marked.group')],
  ['the mapping of a user', () => client.getUserMapping(name)],
])(
  'the problem of a look-up of %s says which call it was and why there was no token, and not of whom',
  async (_, look) => {
    const result = await look();
    expect(result).toMatchObject({ kind: 'retryAfter', problem: { code: 'noToken' } });
    expect(result.kind === 'done' ? '' : result.problem.message).toMatch(
      /^GET \/beta\/solutions\/sharePoint\/migrations\/\S+\(…\): no token: no token today for /,
    );
    expect(JSON.stringify(result)).not.toMatch(/marked/);
  },
);

it('what Graph says in words gets neither into a history nor into the text of an error', () => {
  const problem = {
    httpStatus: 403,
    code: 'accessDenied',
    codes: ['accessDenied'],
    message: `marked: ${name} may not`,
    requestId: 'req-1',
    clientRequestId: 'own-1',
  };
  const reason = 'status 403 (accessDenied), request-id req-1';
  expect(describeProblem(problem)).toBe(reason);
  expect(new MembershipUnknownError(problem, 15).message).toBe(
    `Graph does not say whether a user is in a job: ${reason}`,
  );
});
