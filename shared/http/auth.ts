import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { guidSchema } from '../contracts/ids.ts';
import { parseJson } from '../contracts/text.ts';

/** The authenticated caller of a request. */
export interface Principal {
  /** Tenant id and object id. Only this is used to compare callers. */
  readonly id: string;
  readonly tenantId: string;
  /** A display name: a user principal name, or the client id of an application. */
  readonly name: string;
  /** All names of the caller, to compare with names that others have sent. */
  readonly names: readonly string[];
  readonly roles: readonly string[];
}

// The platform uses either the short claim names or those of older tokens.
const tenantTypes: readonly string[] = [
  'tid',
  'http://schemas.microsoft.com/identity/claims/tenantid',
];
const objectTypes: readonly string[] = [
  'oid',
  'http://schemas.microsoft.com/identity/claims/objectidentifier',
];
const roleTypes: readonly string[] = [
  'roles',
  'http://schemas.microsoft.com/ws/2008/06/identity/claims/role',
];
/** In order of preference. */
const nameTypes: readonly string[] = [
  'preferred_username',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn',
  'upn',
  'email',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
  'unique_name',
  'name',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name',
  'azp',
  'appid',
];
const maxHeaderChars = 64 * 1024;

const principalSchema = z.object({
  // Only Entra is trusted: claims of other identity providers say nothing about tenants and roles.
  auth_typ: z.literal('aad'),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

/**
 * Returns the signed-in caller of a request, or undefined. App Service authentication puts the
 * claims of the token into the header `X-MS-CLIENT-PRINCIPAL`, as base64 of JSON. The header is
 * only trustworthy where the platform authenticates: elsewhere any caller can send it. The claim
 * types of names and roles are fixed here, because the header could redefine them.
 */
export function principalOf(request: Pick<HttpRequest, 'headers'>): Principal | undefined {
  const header = request.headers.get('x-ms-client-principal');
  if (header === null || header.length > maxHeaderChars) return undefined;
  const parsed = principalSchema.safeParse(
    parseJson(Buffer.from(header, 'base64').toString('utf8')),
  );
  if (!parsed.success) return undefined;
  const { claims } = parsed.data;
  const valuesOf = (types: readonly string[]): readonly string[] =>
    types.flatMap((type) =>
      claims.filter(({ typ, val }) => typ === type && val !== '').map(({ val }) => val),
    );
  const identityOf = (types: readonly string[]): string | undefined =>
    singleGuid(types.map((type) => claims.filter(({ typ }) => typ === type).map(({ val }) => val)));
  const tenantId = identityOf(tenantTypes);
  const objectId = identityOf(objectTypes);
  if (tenantId === undefined || objectId === undefined) return undefined;
  const names = valuesOf(nameTypes);
  // Cleaned so that a table row can hold it.
  const name = (names[0] ?? objectId)
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, 256)
    .toWellFormed();
  return {
    id: `${tenantId}/${objectId}`,
    tenantId,
    name,
    names: [...names, objectId],
    roles: valuesOf(roleTypes),
  };
}

/** Returns the GUID of a claim; undefined if the claim is missing or its values differ. */
function singleGuid(values: readonly (readonly string[])[]): string | undefined {
  if (values.some((own) => own.length > 1)) return undefined;
  const [first, ...others] = values.flat().map((value) => guidSchema.safeParse(value).data);
  return others.every((other) => other === first) ? first : undefined;
}

/** The app roles of the Entra app registration. */
export const roleSchema = z.enum([
  'Migrations.Read',
  'Migrations.Submit',
  'Migrations.Approve',
  'Migrations.Delete',
]);
export type Role = z.infer<typeof roleSchema>;
