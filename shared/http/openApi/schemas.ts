import { z } from 'zod';
import type { JsonSchema, Component } from './document.ts';
import { requestComponents } from './requestComponents.ts';
import { responseComponents } from './responseComponents.ts';

/** A schema that zod converted to JSON Schema, with its location. */
interface SchemaLocation {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: JsonSchema;
  readonly path: readonly (string | number)[];
}

const checkSchema = z.object({
  _zod: z.object({ def: z.object({ pattern: z.instanceof(RegExp).optional() }) }),
});
const checkedSchema = z.object({ checks: z.array(checkSchema).default([]) });

/**
 * Removes limits and patterns that say nothing or would be wrong in JSON Schema, and marks
 * instants.
 */
export function tidySchema({ zodSchema, jsonSchema, path }: SchemaLocation): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // The formats say the same.
  if (jsonSchema.format === 'date-time' || jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  // JSON Schema has no flags: without `i` a pattern would reject valid values.
  if (
    checkedSchema
      .parse(zodSchema._zod.def)
      .checks.some(({ _zod }) => _zod.def.pattern?.ignoreCase === true)
  )
    delete jsonSchema.pattern;
  // By convention, instants have these names, including those of Graph.
  const isInstant = path.some(
    (part) => typeof part === 'string' && /^at$|(At|DateTime)$/.test(part),
  );
  if (isInstant && [jsonSchema.type].flat().includes('string')) jsonSchema.format = 'date-time';
}

/** Does the same for schemas of responses. */
export function tidyResponse(location: SchemaLocation): void {
  tidySchema(location);
  // Defaults are for reading rows; a response always contains the member.
  delete location.jsonSchema.default;
}

/** The JSON Schemas of a document. */
export interface SchemaCatalog {
  /** The named schemas by name. */
  readonly named: Readonly<Record<string, JsonSchema>>;
  /** Returns a reference to a named schema, or the whole schema. */
  readonly ofRequest: (schema: z.ZodType) => JsonSchema;
  readonly ofResponse: (schema: z.ZodType) => JsonSchema;
}

const refTo = (name: string): string => `#/components/schemas/${name}`;

/**
 * Converts the named schemas and those that operations use to JSON Schema. Schemas of requests
 * describe the input before defaults are applied, schemas of responses the output. A name that both
 * use must mean the same in both.
 */
export function schemaCatalog(used: {
  readonly byRequests: readonly z.ZodType[];
  readonly byResponses: readonly z.ZodType[];
}): SchemaCatalog {
  const requests = jsonSchemas(
    'input',
    { ...requestComponents, ...responseComponents },
    used.byRequests,
  );
  const responses = jsonSchemas('output', responseComponents, used.byResponses);
  const named = (
    all: Readonly<Record<string, Component>>,
    { take }: JsonSchemas,
  ): [string, JsonSchema][] =>
    Object.entries(all).map(([name, { members }]) => [name, withMembers(take(name), members)]);
  return {
    named: Object.fromEntries([
      ...named(requestComponents, requests),
      ...named(responseComponents, responses),
    ]),
    ofRequest: requests.of,
    ofResponse: responses.of,
  };
}

function withMembers(schema: JsonSchema, members: Component['members']): JsonSchema {
  const described = Object.entries(members).map(([name, description]) => {
    const member = schema.properties?.[name];
    if (typeof member !== 'object')
      throw new Error(`the schema has no member ${name}; correct its description in the component`);
    return [name, { ...member, description }] as const;
  });
  return described.length === 0
    ? schema
    : { ...schema, properties: { ...schema.properties, ...Object.fromEntries(described) } };
}

interface JsonSchemas {
  readonly take: (name: string) => JsonSchema;
  readonly of: (schema: z.ZodType) => JsonSchema;
}

/** Converts the schemas of requests or responses; schemas refer to named ones by name. */
function jsonSchemas(
  io: 'input' | 'output',
  named: Readonly<Record<string, Component>>,
  used: readonly z.ZodType[],
): JsonSchemas {
  const registry = z.registry<{ id: string; description?: string }>();
  for (const [id, { schema, description }] of Object.entries(named))
    registry.add(schema, { id, description });
  // Each schema is wrapped in an object: a schema with an id of its own is then referenced by that
  // id.
  const holders = new Map(
    [...new Set(used)].map((schema, index) => [schema, `used${String(index)}`]),
  );
  for (const [schema, id] of holders) registry.add(z.object({ schema }), { id });
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: refTo,
    override: io === 'input' ? tidySchema : tidyResponse,
  });
  const take = (id: string): JsonSchema => {
    const { $id: _id, $schema: _schema, ...schema } = schemas[id] ?? {};
    return schema;
  };
  return {
    take,
    of: (schema) => {
      const found = take(holders.get(schema) ?? '').properties?.['schema'];
      if (typeof found !== 'object')
        throw new Error(
          'the catalogue was created without this schema; add the operation to the list of operations',
        );
      return found;
    },
  };
}
