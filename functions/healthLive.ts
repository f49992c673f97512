import { app } from '@azure/functions';
import type { Live } from '../shared/contracts/answers/live.ts';

/** `GET /health/live`: 200 while the app runs. It is open to everybody, so it makes no call and tells nothing else. */
export function registerHealthLive(): void {
  const live: Live = { status: 'live' };
  app.http('healthLive', {
    route: 'health/live',
    // The platform sends no body with an answer to HEAD.
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    handler: () => ({ headers: { 'cache-control': 'no-store' }, jsonBody: live }),
  });
}
