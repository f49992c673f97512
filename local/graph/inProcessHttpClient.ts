import { createHttpHeaders, type HttpClient, RestError } from '@azure/core-rest-pipeline';
import { ConnectionResetError } from '../http/connectionReset.ts';
import type { Emulator } from './createEmulator.ts';

/** Carries a client's requests to an emulator in the same process, without a socket; a lost connection is what it is over one. */
export function inProcessHttpClient(emulator: Emulator): HttpClient {
  return {
    sendRequest: async (request) => {
      const body = typeof request.body === 'string' ? { body: request.body } : {};
      try {
        const response = await emulator.fetch(
          new Request(request.url, {
            method: request.method,
            headers: request.headers.toJSON(),
            ...body,
          }),
        );
        // `text()` would leave out a byte order mark, which Azure's client over a socket does not.
        const bodyAsText = Buffer.from(await response.arrayBuffer()).toString('utf8');
        return {
          request,
          status: response.status,
          headers: createHttpHeaders(Object.fromEntries(response.headers)),
          bodyAsText,
        };
      } catch (error) {
        if (error instanceof ConnectionResetError)
          throw new RestError(error.message, { code: error.code, request });
        throw error;
      }
    },
  };
}
