import type { z } from 'zod';

/** A schema that has a name of its own in the document; wherever it is used, the document refers to it. */
export interface Component {
  readonly schema: z.ZodType;
  readonly description: string;
  /** What its members mean, where their names do not tell. */
  readonly members: Readonly<Record<string, string>>;
}

/** A component; only members that the schema has can be described. */
export function component<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  members?: Readonly<Partial<Record<keyof z.output<Schema> & string, string>>>,
): Component {
  return {
    schema,
    description,
    members: Object.fromEntries(
      Object.entries<string | undefined>(members ?? {}).map(([name, text]) => [name, text ?? '']),
    ),
  };
}
