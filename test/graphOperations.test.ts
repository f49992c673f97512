import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operationNames, operationOf } from '../local/graph-emulator/index.ts';
import {
  codesOf,
  origin,
  sourceTenantId,
  targetTenantId,
  TestGraph,
  userId,
} from '../local/graph-emulator/test/testGraph.ts';

const permissions: Readonly<Record<string, string>> = {
  Read: 'CrossTenantContentMigration.Read.All',
  ReadWrite: 'CrossTenantContentMigration.ReadWrite.All',
  'SP Read': 'SharePointCrossTenantMigration.Read.All',
  'SP Manage': 'SharePointCrossTenantMigration.Manage.All',
};
const higher: Readonly<Record<string, string>> = { Read: 'ReadWrite' };
const clientOf = (permission: string): string =>
  userId(700 + Object.keys(permissions).indexOf(permission));
const clients = Object.entries(permissions).map(([short, permission]) => ({
  clientId: clientOf(short),
  permissions: [permission],
}));

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly permission: string;
  readonly tenant: string;
}

/** The calls that the tables of the page list, with what they say of each. */
function listedOperations(): Operation[] {
  const page = readFileSync(new URL('../docs/graph-operations.md', import.meta.url), 'utf8');
  const [, jobs = '', sharePoint = ''] =
    /^## Job operations\n([^]*?)^## SharePoint operations\n([^]*?)^##/m.exec(page) ?? [];
  const inTable = (table: string, root: string): Operation[] =>
    table.split('\n').flatMap((line) => {
      const [, name = '', , permission = '', tenant = ''] = line
        .split('|')
        .map((cell) => cell.trim());
      return [...name.matchAll(/`(GET|POST|PATCH|DELETE)(?: ([^`]*))?`/g)].map(
        ([, method = '', path = '']) => ({
          method,
          path: `${root}${path.replace('…/', '/crossOrganizationMigrationTasks/')}`.replaceAll(
            /\{id\}|\{user\}|…/g,
            userId(1),
          ),
          permission: permission.replaceAll('`', ''),
          tenant,
        }),
      );
    });
  return [
    ...inTable(jobs, '/v1.0/solutions/migrations/crossTenantMigrationJobs'),
    ...inTable(sharePoint, '/beta/solutions/sharePoint/migrations'),
  ];
}

const operations = listedOperations();

describe('the page on Graph operations', () => {
  it('names every operation once', () => {
    const listed = operations.map(({ method, path }) => operationOf(method, path));
    expect(listed.toSorted()).toEqual(
      operationNames
        .filter((name) => !['requestToken', 'batch', 'other'].includes(name))
        .toSorted(),
    );
  });

  it.each(operations)(
    'tells the truth about the permission and tenant of $method $path',
    async ({ method, path, permission, tenant }) => {
      const graph = new TestGraph({
        scenario: { clients, switches: { legacyValidate: true, userTaskWrites: true } },
      });
      const answerTo = async (
        as: string,
        tenantId: string,
      ): Promise<{ readonly status: number; readonly code: string }> => {
        const reply = await graph.call(method, `${origin}${path}`, undefined, {
          authorization: `Bearer ${await graph.token(clientOf(as), tenantId)}`,
        });
        return { status: reply.status, code: reply.status >= 400 ? (codesOf(reply)[0] ?? '') : '' };
      };
      const [home, abroad] =
        tenant === 'source' ? [sourceTenantId, targetTenantId] : [targetTenantId, sourceTenantId];
      expect([401, 403]).not.toContain((await answerTo(permission, home)).status);
      expect(await answerTo(permission, abroad)).toEqual({ status: 403, code: 'accessDenied' });
      for (const other of Object.keys(permissions)) {
        if (other === permission || other === higher[permission]) continue;
        expect((await answerTo(other, home)).status, `with ${other}`).toBe(403);
      }
    },
  );
});
