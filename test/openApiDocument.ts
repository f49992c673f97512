import { z } from 'zod';
import { openApiDocument as createDocument } from '../functions/http/openApi.ts';
import { routes } from '../functions/routes.ts';

const jsonSchema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
});
const contentSchema = z.record(
  z.string(),
  z.looseObject({
    examples: z.record(z.string(), z.looseObject({ value: z.unknown() })).optional(),
  }),
);
const operationSchema = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).optional(),
  requestBody: z.looseObject({ content: contentSchema }).optional(),
  responses: z.record(
    z.string(),
    z.looseObject({ description: z.string(), content: contentSchema.optional() }),
  ),
});
const documentSchema = z.looseObject({
  servers: z.array(z.looseObject({ url: z.string() })),
  tags: z.array(z.looseObject({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({
    schemas: z.record(z.string(), jsonSchema),
    securitySchemes: z.record(z.string(), z.looseObject({})),
  }),
});

/** The OpenAPI document of the app, with the parts that tests read. */
export function openApiDocument(): z.output<typeof documentSchema> {
  return documentSchema.parse(createDocument(routes));
}
