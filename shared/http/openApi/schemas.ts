import { z } from 'zod';
import { responseComponents } from './responseComponents.ts';
import type { Component } from './component.ts';
import type { JsonSchema } from './document.ts';
import { requestComponents } from './requestComponents.ts';

/** A schema as zod has turned it into JSON Schema, and where it stands. */
interface SchemaLocation {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: JsonSchema;
  readonly path: readonly (string | number)[];
}

const checkSchema = z.object({
  _zod: z.object({ def: z.object({ pattern: z.instanceof(RegExp).optional() }) }),
});
const checkedSchema = z.object({ checks: z.array(checkSchema).default([]) });

/** Leaves out of a JSON Schema what says nothing to a caller, or too much, and says of instants that they are. */
export function tidySchema({ zodSchema, jsonSchema, path }: SchemaLocation): void {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // The formats say the same in one word.
  if (jsonSchema.format === 'date-time' || jsonSchema.format === 'uuid') delete jsonSchema.pattern;
  // JSON Schema has no flags: without them a pattern would refuse what the app takes.
  if (
    checkedSchema
      .parse(zodSchema._zod.def)
      .checks.some(({ _zod }) => _zod.def.pattern?.ignoreCase === true)
  )
    delete jsonSchema.pattern;
  // Instants are named so everywhere, Graph's own as well.
  const isInstant = path.some(
    (part) => typeof part === 'string' && /^at$|(At|DateTime)$/.test(part),
  );
  if (isInstant && [jsonSchema.type].flat().includes('string')) jsonSchema.format = 'date-time';
}

/** The same for what the app answers. */
export function tidyResponse(location: SchemaLocation): void {
  tidySchema(location);
  // A preset is for rows of an older version; an answer always has the member.
  delete location.jsonSchema.default;
}

/** The JSON Schemas of a document. */
export interface SchemaCatalog {
  /** The named ones, by their names. */
  readonly named: Readonly<Record<string, JsonSchema>>;
  /** How the document says a schema where it is used: by reference to its name, else written out. */
  readonly ofRequest: (schema: z.ZodType) => JsonSchema;
  readonly ofResponse: (schema: z.ZodType) => JsonSchema;
}

const refTo = (name: string): string => `#/components/schemas/${name}`;

/**
 * Turns the named schemas and those that operations use into JSON Schema. What a caller sends is written as it is before
 * presets are filled in, what a caller gets as it is after; names that both use must mean the same either way.
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
    if (typeof member !== 'object') throw new Error(`there is no member ${name} to describe`);
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

/** One pass, in which each schema refers to the named ones by name. */
function jsonSchemas(
  io: 'input' | 'output',
  named: Readonly<Record<string, Component>>,
  used: readonly z.ZodType[],
): JsonSchemas {
  const registry = z.registry<{ id: string; description?: string }>();
  for (const [id, { schema, description }] of Object.entries(named))
    registry.add(schema, { id, description });
  // Each in an object of its own: whatever has an id itself is referred to by that id.
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
        throw new Error('a schema was asked for that the catalogue was not made with');
      return found;
    },
  };
}
