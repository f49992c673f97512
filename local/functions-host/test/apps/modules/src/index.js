import { app } from '@azure/functions';
import { version, hostVersion, log } from '@azure/functions-core';

// Only an ES module may await here.
const answer = await Promise.resolve('module');
app.http('index', {
  handler: () => ({
    jsonBody: {
      answer,
      version: typeof version,
      hostVersion: hostVersion.split('.')[0],
      log: typeof log,
    },
  }),
});
