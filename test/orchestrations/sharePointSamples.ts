import type { Interference } from '../../local/graph-emulator/index.ts';
import type { Task } from '../../shared/contracts/task.ts';
import { user, type World } from './world.ts';

const host = 'https://fabrico-my.sharepoint.com';
export const site = (name: string, changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.sharePointSiteMigrationTaskParameters',
  targetOrganizationHost: host,
  sourceSiteUrl: `https://contoso.sharepoint.com/sites/${name}`,
  targetSiteUrl: `https://fabrico.sharepoint.com/sites/${name}`,
  ...changes,
});
export const person = (name: string, changes: object = {}) => ({
  '@odata.type': '#microsoft.graph.sharePointUserMigrationTaskParameters',
  targetOrganizationHost: host,
  sourceUserIdentity: { userPrincipalName: `${name}@contoso.com` },
  targetUserIdentity: { userPrincipalName: `${name}@fabrico.com` },
  ...changes,
});
export const byId = (n: number) =>
  person('x', { sourceUserIdentity: { id: user(n) }, targetUserIdentity: { id: user(n + 100) } });
export const named = (tasks: readonly Task[], name: string): Task | undefined =>
  tasks.find(({ source }) => source?.endsWith(name));
export const outcomesOf = async (world: World, id: string): Promise<(string | null)[]> =>
  (await world.tasks(id))
    .toSorted((a, b) => ((a.source ?? '') < (b.source ?? '') ? -1 : 1))
    .map(({ outcome }) => outcome);
export const tasksPath = '/crossOrganizationMigrationTasks';
/** What every create was answered with. */
export const createsIn = async (world: World): Promise<readonly number[]> =>
  (await world.log())
    .filter(({ method, path }) => method === 'POST' && path.endsWith(tasksPath))
    .map(({ status }) => status);
/** How many creates took effect. */
export const createdIn = async (world: World): Promise<number> =>
  (await world.log()).filter(({ effect }) => effect?.startsWith('createTask') === true).length;

/** Lets a create take effect and loses the answer, the first `times` times. */
export function lost(times: number): Interference {
  let remaining = times;
  return {
    after: (request) => {
      if (
        request.method !== 'POST' ||
        !new URL(request.url).pathname.endsWith(tasksPath) ||
        remaining === 0
      )
        return Promise.resolve(undefined);
      remaining -= 1;
      return Promise.reject(new Error('the connection was reset'));
    },
  };
}
