import { onTestFinished } from 'vitest';
import { openWorld, type World } from '../orchestrations/world.ts';

/** The whole app with the emulator, until the end of the test. */
export async function openApp(options: Parameters<typeof openWorld>[0] = {}): Promise<World> {
  const world = await openWorld(options);
  onTestFinished(() => world.close());
  return world;
}
