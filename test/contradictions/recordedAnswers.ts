import { z } from 'zod';
import type { Interference } from '../../local/graph-emulator/index.ts';

const bodySchema = z.record(z.string(), z.unknown());

/** Gives every job, alone or in a list, other members than the emulator's: as one of Graph's pages shows them. */
export function jobsWith(members: Record<string, unknown>): Interference {
  return changed(/crossTenantMigrationJobs/i, (body) => {
    if ('displayName' in body && 'status' in body) return { ...body, ...members };
    return 'value' in body
      ? {
          ...body,
          value: z
            .array(bodySchema)
            .parse(body['value'])
            .map((job) => ('displayName' in job ? { ...job, ...members } : job)),
        }
      : body;
  });
}

/** Changes the JSON bodies of the answers to these addresses, refusals too. */
export function changed(
  path: RegExp,
  change: (body: Record<string, unknown>, status: number) => Record<string, unknown>,
): Interference {
  return {
    after: async (request, response) => {
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      if (!path.test(new URL(request.url).pathname) || !isJson) return undefined;
      const { status, headers } = response;
      return Response.json(change(bodySchema.parse(await response.json()), status), {
        status,
        headers,
      });
    },
  };
}

/** Keeps what the app sends with this method to addresses that end so. */
export function sentBodies(
  method: string,
  end: string,
): { readonly interference: Interference; readonly bodies: Record<string, unknown>[] } {
  const bodies: Record<string, unknown>[] = [];
  return {
    bodies,
    interference: {
      before: async (request) => {
        if (request.method === method && new URL(request.url).pathname.endsWith(end))
          bodies.push(bodySchema.parse(await request.clone().json()));
        return undefined;
      },
    },
  };
}
