import type { z } from 'zod';

/** A named schema of the document. Operations refer to it by name. */
export interface Component {
  readonly schema: z.ZodType;
  readonly description: string;
  /** Descriptions of members whose names do not explain them. */
  readonly members: Readonly<Record<string, string>>;
}

/** Creates a component. Only members of the schema can be described. */
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
