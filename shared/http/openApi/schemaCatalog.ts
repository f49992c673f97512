import { z } from 'zod';
import { answerComponents } from './answerComponents.ts';
import type { Component } from './component.ts';
import type { JsonSchema } from './document.ts';
import { requestComponents } from './requestComponents.ts';
import { tidyAnswer, tidySchema } from './tidySchema.ts';

/** The JSON Schemas of a document. */
export interface SchemaCatalog {
  /** The named ones, by their names. */
  readonly named: Readonly<Record<string, JsonSchema>>;
  /** How the document says a schema where it is used: by reference to its name, else written out. */
  readonly ofRequest: (schema: z.ZodType) => JsonSchema;
  readonly ofAnswer: (schema: z.ZodType) => JsonSchema;
}

const refTo = (name: string): string => `#/components/schemas/${name}`;

/**
 * Turns the named schemas and those that operations use into JSON Schema. What a caller sends is written as it is before
 * presets are filled in, what a caller gets as it is after; names that both use must mean the same either way.
 */
export function schemaCatalog(used: {
  readonly byRequests: readonly z.ZodType[];
  readonly byAnswers: readonly z.ZodType[];
}): SchemaCatalog {
  const requests = jsonSchemas(
    'input',
    { ...requestComponents, ...answerComponents },
    used.byRequests,
  );
  const answers = jsonSchemas('output', answerComponents, used.byAnswers);
  const named = (
    all: Readonly<Record<string, Component>>,
    { take }: JsonSchemas,
  ): [string, JsonSchema][] =>
    Object.entries(all).map(([name, { members }]) => [name, withMembers(take(name), members)]);
  return {
    named: Object.fromEntries([
      ...named(requestComponents, requests),
      ...named(answerComponents, answers),
    ]),
    ofRequest: requests.of,
    ofAnswer: answers.of,
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
    override: io === 'input' ? tidySchema : tidyAnswer,
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
