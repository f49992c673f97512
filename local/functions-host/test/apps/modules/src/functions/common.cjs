const { app } = require('@azure/functions');
app.http('common', { handler: () => ({ body: typeof module }) });
