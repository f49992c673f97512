import { z } from 'zod';
import type { JsonSchema } from './document.ts';

/** A schema as zod has turned it into JSON Schema, and where it stands. */
interface Place {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: JsonSchema;
  readonly path: readonly (string | number)[];
}

const checkSchema = z.object({
  _zod: z.object({ def: z.object({ pattern: z.instanceof(RegExp).optional() }) }),
});
const checkedSchema = z.object({ checks: z.array(checkSchema).default([]) });

/** Leaves out of a JSON Schema what says nothing to a caller, or too much, and says of instants that they are. */
export function tidySchema({ zodSchema, jsonSchema, path }: Place): void {
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
export function tidyAnswer(place: Place): void {
  tidySchema(place);
  // A preset is for rows of an older version; an answer always has the member.
  delete place.jsonSchema.default;
}
