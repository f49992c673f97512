import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { parseJson } from '../domain/parseJson.ts';

/** Who calls, as the platform's authentication says. */
export interface Principal {
  /** A person's user principal name, or the client id of an application. */
  readonly name: string;
  readonly roles: readonly string[];
}

const roleTypes: readonly string[] = ['roles', 'role', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];
const nameTypes: readonly string[] = ['preferred_username', 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn', 'upn', 'azp', 'appid'];
const maxHeaderChars = 64 * 1024;

const principalSchema = z.object({
  name_typ: z.string().optional(),
  role_typ: z.string().optional(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

/**
 * The signed-in caller of a request, undefined when there is none (App Service authentication: the header
 * `X-MS-CLIENT-PRINCIPAL` holds the token's claims as base64 of JSON). Only where the platform authenticates may the header
 * be believed: elsewhere anybody can send it.
 */
export function principalOf(request: Pick<HttpRequest, 'headers'>): Principal | undefined {
  const header = request.headers.get('x-ms-client-principal');
  if (header === null || header.length > maxHeaderChars) return undefined;
  const parsed = principalSchema.safeParse(parseJson(Buffer.from(header, 'base64').toString('utf8')));
  if (!parsed.success) return undefined;
  const { claims, name_typ: nameType, role_typ: roleType } = parsed.data;
  const valueOf = (types: readonly string[]): string | undefined => types.map((type) => claims.find(({ typ, val }) => typ === type && val !== '')?.val).find((value) => value !== undefined);
  const name = valueOf([...nameTypes, ...(nameType === undefined ? [] : [nameType])]);
  if (name === undefined) return undefined;
  const isRole = (type: string): boolean => type === roleType || roleTypes.includes(type);
  // As rows can hold it.
  return { name: name.replaceAll(/\p{Cc}/gu, ' ').slice(0, 256).toWellFormed(), roles: claims.filter(({ typ }) => isRole(typ)).map(({ val }) => val) };
}
