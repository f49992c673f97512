import { z } from 'zod';
import type { ApiFetch } from '../../local/demo/apiClient.ts';
import { answerCheck } from './answerCheck.ts';

/**
 * `fetch` for one app: every answer is held against the OpenAPI document that the app itself gives, and one that is not as
 * documented is an error. `apiUrl` ends in `/api`; `reach` carries the requests.
 */
export function documentedFetch(apiUrl: string, reach: ApiFetch = fetch): ApiFetch {
  let check: Promise<ReturnType<typeof answerCheck>> | undefined;
  const load = async (): Promise<ReturnType<typeof answerCheck>> =>
    answerCheck(await (await reach(`${apiUrl}/openapi.json`)).json());
  return async (url, init = {}) => {
    const answer = await reach(url, init);
    const { pathname, search } = new URL(url);
    const exchange = {
      method: init.method ?? 'GET',
      path: pathname.slice(new URL(apiUrl).pathname.length),
      query: new URLSearchParams(search),
      sent: z
        .string()
        .optional()
        .parse(init.body ?? undefined),
      status: answer.status,
      headers: answer.headers,
      body: await answer.clone().text(),
    };
    check ??= load();
    const faults = (await check)(exchange);
    if (faults.length === 0) return answer;
    throw new Error(
      `${exchange.method} ${url} answered ${String(answer.status)}, not as documented: ${faults.join('; ')}\n${exchange.body.slice(0, 2_000)}`,
    );
  };
}
