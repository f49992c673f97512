import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { startAzurite } from '../../../local/stack/azurite/startAzurite.ts';

/** Every call fails from here on, before it is sent or after it was answered. */
export class CrashError extends Error {
  override readonly name = 'CrashError';
}

/** An emulated account, and tables in it that can be watched and crashed. */
export async function openTables() {
  const dataDir = mkdtempSync(join(tmpdir(), 'tables-'));
  const azurite = await startAzurite({ dataDir });

  /** A table; `crashAfter` says after how many answers the process dies, the last of which it does not hear of. */
  const open = (
    name: string,
    options: { readonly crashAfter?: number; readonly method?: (method: string) => void } = {},
  ): TableClient => {
    let calls = 0;
    return TableClient.fromConnectionString(azurite.connectionString, name, {
      allowInsecureConnection: true,
      retryOptions: { maxRetries: 0 },
      additionalPolicies: [
        {
          position: 'perCall',
          policy: {
            name: 'watch',
            sendRequest: async (request, next) => {
              calls += 1;
              if (calls > (options.crashAfter ?? Infinity)) throw new CrashError('crash');
              options.method?.(request.method);
              const response = await next(request);
              if (calls === options.crashAfter) throw new CrashError('crash');
              return response;
            },
          },
        },
      ],
    });
  };
  return {
    connectionString: azurite.connectionString,
    open,
    close: async () => {
      await azurite.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
