import { app } from '@azure/functions';
app.http('nested', { handler: () => ({ body: import.meta.url.split('/').pop() }) });
