import { expect, it } from 'vitest';
import { reasonOfRefusal } from '../../orchestrations/activities/refusal.ts';
import { createSharePointClient } from '../../shared/graph/createSharePointClient.ts';
import { GraphError } from '../../shared/graph/graphError.ts';

const name = "marked.o'source@contoso.example";
const noToken = { getToken: () => Promise.reject(new Error('no token today')) };
const client = createSharePointClient({ config: { graph: { baseUrl: 'https://graph.example' } }, sourceCredential: noToken, targetCredential: noToken });

it.each([
  ['a task by its user', () => client.getTaskByUser(name)],
  ['a task by its site', () => client.getTaskBySite(`https://contoso.example/personal/${name}`)],
  ['a task by its group', () => client.getTaskByGroup('marked.group')],
  ['the mapping of a user', () => client.getUserMapping(name)],
])('the error of a look-up of %s says which call it was, and not of whom', async (_, look) => {
  const error = await look().catch((thrown: unknown) => thrown);
  expect(String(error)).toMatch(/GET \/beta\/solutions\/sharePoint\/migrations\/\S+\(…\)/);
  expect(String(error instanceof Error ? error.stack : error)).not.toMatch(/marked/);
});

it('what Graph says in words gets neither into a history nor into the text of an error', () => {
  const problem = { httpStatus: 403, code: 'accessDenied', codes: ['accessDenied'], message: `marked: ${name} may not`, requestId: 'req-1', clientRequestId: 'own-1' };
  expect(reasonOfRefusal(problem)).toBe('status 403 (accessDenied), request-id req-1');
  expect(new GraphError('get job', problem).message).not.toMatch(/marked/);
});
