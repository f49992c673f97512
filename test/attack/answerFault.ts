import { problemCodes, problemSchema } from '../../shared/contracts/problem.ts';
import { parseJson } from '../../shared/contracts/text.ts';
import type { Answer } from './send.ts';

/** An address that hostile input holds; no answer to it may. */
export const hostileAddress = 'mallory.marker@contoso.example';

/** A secret that hostile input holds; no answer to it may. */
export const hostileSecret = 'hush-4f2a9c';

// The host refuses by these itself, without a body; Node.js by 431 what is too long for any header.
const hostStatuses: readonly number[] = [400, 401, 404, 413, 431];
const maxChars = 400_000;

/** What is wrong with an answer to hostile input; undefined when nothing is. */
export function answerFault({ status, headers, text }: Answer): string | undefined {
  if (status >= 500) return `status ${String(status)}`;
  if (text.length > maxChars) return `an answer of ${String(text.length)} characters`;
  if (status < 400) return undefined;
  if (text === '')
    return hostStatuses.includes(status) ? undefined : `status ${String(status)} without a body`;
  if (headers['content-type'] !== 'application/problem+json')
    return `content type ${String(headers['content-type'])}`;
  const parsed = problemSchema.safeParse(parseJson(text));
  if (!parsed.success) return `no problem: ${text.slice(0, 200)}`;
  const problem = parsed.data;
  if (problem.status !== status || problemCodes[problem.code].status !== status)
    return `code ${problem.code} with status ${String(status)}`;
  return echoFault([
    problem.detail,
    ...(problem.errors ?? []).flatMap(({ path, message }) => [path, message]),
  ]);
}

function echoFault(texts: readonly string[]): string | undefined {
  for (const text of texts) {
    if (text.includes(hostileAddress) || text.includes(hostileSecret))
      return `an echo of what was sent: ${text}`;
    if (!text.isWellFormed() || /\p{Cc}/u.test(text))
      return `control characters in ${JSON.stringify(text)}`;
    if (/\n\s+at |node:internal|\/node_modules\//.test(text)) return `a stack in ${text}`;
    if (text.length > 1_000) return `a text of ${String(text.length)} characters`;
  }
  return undefined;
}
