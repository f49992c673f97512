import { describe, expect, it } from 'vitest';
import { errorForms, inProcessHttpClient } from '../../../local/graph-emulator/index.ts';
import { TestGraph } from '../../../local/graph-emulator/test/testGraph.ts';
import { clientsOn, clientsOver, jobId } from './clientOnPlan.ts';

const message = 'The display name is already used.';

describe('the code and message of an error are read', () => {
  it.each<[string, unknown, readonly string[], string]>([
    [
      'as documented',
      {
        error: {
          code: 'BadArgument',
          message,
          details: [{ code: 'duplicateDisplayNameJob', message: 'm', target: 'displayName' }],
          innerError: { code: 'deepest' },
        },
      },
      ['BadArgument', 'duplicateDisplayNameJob', 'deepest'],
      message,
    ],
    [
      'with a message that is an object',
      {
        error: {
          code: 'BadArgument',
          message: { lang: 'en-US', value: message },
          details: [{ code: 'd', message: { value: 'm' } }],
        },
      },
      ['BadArgument', 'd'],
      message,
    ],
    [
      'with codes that are numbers',
      { error: { code: 422, message, details: [{ code: 70, message: 'm' }] } },
      ['422', '70'],
      message,
    ],
    [
      'in other letters',
      {
        Error: {
          Code: 'BadArgument',
          Message: message,
          Details: [{ Code: 'd' }],
          InnerError: { Code: 'i' },
        },
      },
      ['BadArgument', 'd', 'i'],
      message,
    ],
    [
      'as innererror',
      { error: { code: 'a', message, innererror: { code: 'b', innererror: { code: 'c' } } } },
      ['a', 'b', 'c'],
      message,
    ],
    [
      'of OData 3',
      { 'odata.error': { code: 'BadArgument', message: { lang: 'en-US', value: message } } },
      ['BadArgument'],
      message,
    ],
    [
      'of OAuth',
      { error: 'invalid_grant', error_description: message, error_codes: [70_000] },
      ['invalid_grant'],
      message,
    ],
    ['as a text', { error: message }, [], message],
    ['as a text beside a message', { error: 'Bad Request', message }, [], message],
    [
      'in a list',
      {
        error: [
          { code: 'a', message },
          { code: 'b', message: 'm' },
        ],
      },
      ['a', 'b'],
      message,
    ],
    ['in a list of its own name', { errors: [{ code: 'a', message }] }, ['a'], message],
    ['in a bare list', [{ code: 'a', message }], ['a'], message],
    ['without a frame', { code: 'a', message }, ['a'], message],
    ['without a frame, in other letters', { Message: message }, [], message],
    [
      'with details that are one object',
      { error: { code: 'a', message, details: { code: 'b' } } },
      ['a', 'b'],
      message,
    ],
    [
      'with details that are a text',
      { error: { code: 'a', message, details: 'see the log' } },
      ['a'],
      message,
    ],
    [
      'with details of which one cannot be read',
      { error: { code: 'a', message, details: [null, 7, { code: 'b', message: 3 }] } },
      ['a', '7', 'b'],
      message,
    ],
    [
      'with an inner error that is a text',
      { error: { code: 'a', message, innerError: 'request-id 7' } },
      ['a'],
      message,
    ],
    [
      'with words in its details only',
      { error: { code: 'a', message: '', details: [{ code: 'b', message }] } },
      ['a', 'b'],
      message,
    ],
    ['with a code that is null', { error: { code: null, message } }, [], message],
  ])('%s', async (_, body, codes, words) => {
    expect(await clientsOn({ status: 422, body }).jobs.getJob(jobId)).toMatchObject({
      kind: 'rejected',
      problem: {
        httpStatus: 422,
        code: codes.at(-1) ?? '',
        codes,
        message: words,
        requestId: 'req-1',
      },
    });
  });

  it('with a byte order mark before its body', async () => {
    expect(
      await clientsOn({
        status: 403,
        body: `\uFEFF${JSON.stringify({ error: { code: 'accessDenied', message } })}`,
      }).jobs.getJob(jobId),
    ).toMatchObject({ problem: { code: 'accessDenied', message } });
  });

  it('also where it nests without an end', async () => {
    const deep = `{"error":${'{"code":"a","innerError":'.repeat(5_000)}{}${'}'.repeat(5_000)}}`;
    expect(await clientsOn({ status: 400, body: deep }).jobs.getJob(jobId)).toMatchObject({
      kind: 'rejected',
      problem: { code: 'a' },
    });
  });
});

it.each(errorForms)('the emulator writes errors as %s, and the client reads them', async (form) => {
  const { emulator } = new TestGraph({
    faults: { faults: [{ kind: 'refused', status: 410, form, operation: 'getJob', rate: 1 }] },
  });
  const { jobs } = clientsOver(inProcessHttpClient(emulator));
  expect(await jobs.getJob(jobId)).toMatchObject({
    kind: 'rejected',
    problem: { httpStatus: 410, code: 'Gone', message: 'The request was refused.' },
  });
});
