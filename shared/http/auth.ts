import type { HttpRequest } from '@azure/functions';
import { z } from 'zod';
import { guidSchema } from '../contracts/ids.ts';
import { parseJson } from '../domain/text.ts';

/** Who calls, as the platform's authentication says. */
export interface Principal {
  /** Who they are: tenant and object id. Nothing else is compared. */
  readonly id: string;
  readonly tenantId: string;
  /** What they are called, for people to read: a user principal name, or the client id of an application. */
  readonly name: string;
  /** Everything that they are called, to compare with names that others have given. */
  readonly names: readonly string[];
  readonly roles: readonly string[];
}

// The platform gives a claim under its short name or under that of the older tokens.
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
/** The best to show first. */
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
  // Only Entra: what another provider that is switched on says of tenants and roles is worth nothing.
  auth_typ: z.literal('aad'),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

/**
 * The signed-in caller of a request, undefined when there is none (App Service authentication: the header
 * `X-MS-CLIENT-PRINCIPAL` holds the token's claims as base64 of JSON). Only where the platform authenticates may the header
 * be believed: elsewhere anybody can send it. Which claims are names or roles is fixed here: what the header says of that is not believed.
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
  // As rows can hold it.
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

/** The GUID that a claim gives, under whichever of its names; undefined when there is none, or when two are not told apart. */
function singleGuid(values: readonly (readonly string[])[]): string | undefined {
  if (values.some((own) => own.length > 1)) return undefined;
  const [first, ...others] = values.flat().map((value) => guidSchema.safeParse(value).data);
  return others.every((other) => other === first) ? first : undefined;
}

/** The app roles of the app's registration in Entra. */
export const roleSchema = z.enum([
  'Migrations.Read',
  'Migrations.Submit',
  'Migrations.Approve',
  'Migrations.Delete',
]);
export type Role = z.infer<typeof roleSchema>;
