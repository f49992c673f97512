import { app } from '@azure/functions';
import type { Live } from '../shared/contracts/answers/live.ts';
import { type Access, openToAll } from './guard.ts';

/** `GET /health/live`: 200 while the app runs, 503 where settings are wrong. It is open to everybody, so it makes no call and tells nothing else. */
export function registerHealthLive(access: Pick<Access, 'misconfigured'>): void {
  const live: Live = { status: 'live' };
  app.http('healthLive', {
    route: 'health/live',
    // The platform sends no body with an answer to HEAD.
    methods: ['GET', 'HEAD'],
    ...openToAll(access, () => ({ headers: { 'cache-control': 'no-store' }, jsonBody: live })),
  });
}
