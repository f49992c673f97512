import {
  app,
  type HttpMethod,
  type HttpRequest,
  type HttpResponseInit,
  type InvocationContext,
} from '@azure/functions';
import * as df from 'durable-functions';
import type { Role } from '../shared/contracts/role.ts';
import { type Access, guard } from './guard.ts';

interface ClientRoute {
  readonly route: string;
  readonly methods: HttpMethod[];
  readonly role: Role;
  readonly handler: (
    request: HttpRequest,
    client: df.DurableClient,
    context: InvocationContext,
  ) => Promise<HttpResponseInit>;
}

/** Registers a route whose handler starts orchestrations or raises events. Where settings are wrong it has no Durable client: the route only says so then. */
export function registerClientRoute(
  access: Access,
  name: string,
  { role, handler, ...where }: ClientRoute,
): void {
  if (access.misconfigured === undefined)
    df.app.client.http(name, { ...where, ...guard(access, role, handler) });
  else app.http(name, { ...where, ...guard(access, role, () => ({ status: 503 })) });
}
