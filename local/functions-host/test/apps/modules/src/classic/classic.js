const core = require('@azure/functions-core');
const { app } = require('@azure/functions');
app.http('classic', {
  handler: (request, context) => ({
    jsonBody: {
      model: core.getProgrammingModel().name,
      cwd: process.cwd().split('/').pop(),
      functionName: context.functionName,
    },
  }),
});
