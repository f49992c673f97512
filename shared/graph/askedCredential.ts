import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { NoTokenError } from './unanswered.ts';

/**
 * A credential whose failures are told from those of the call that wanted the token, by a NoTokenError, and that is not waited for
 * longer than so long: some credentials look at no signal.
 */
export function askedCredential(credential: TokenCredential, timeoutMs: number): TokenCredential {
  return {
    getToken: async (
      scopes: string | string[],
      options: GetTokenOptions = {},
    ): Promise<AccessToken> => {
      const given = Promise.withResolvers<AccessToken | null>();
      const giveUp = (): void => {
        given.reject(new Error('no token came in time'));
      };
      const signals = [
        AbortSignal.timeout(timeoutMs),
        ...(options.abortSignal === undefined ? [] : [options.abortSignal]),
      ];
      for (const signal of signals) signal.addEventListener('abort', giveUp);
      try {
        if (options.abortSignal?.aborted === true) giveUp();
        credential.getToken(scopes, options).then(given.resolve, given.reject);
        const token = await given.promise;
        if (token === null) throw new Error('the credential has none');
        return token;
      } catch (cause) {
        throw new NoTokenError(cause);
      } finally {
        for (const signal of signals) signal.removeEventListener('abort', giveUp);
      }
    },
  };
}
