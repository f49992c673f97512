import type { ActivityServices } from '../../orchestrations/activityServices.ts';
import { openWorld } from '../../test/orchestrations/world.ts';

let services: ActivityServices | undefined;

/** What activities are given in the tests, made once. */
export async function worldServices(): Promise<ActivityServices> {
  if (services === undefined) {
    const world = await openWorld({ wrap: (own) => (services = own) });
    await world.close();
  }
  if (services === undefined) throw new Error('the world has no services');
  return services;
}
