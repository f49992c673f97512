import type { Rule } from 'eslint';
import { z } from 'zod';

const optionsSchema = z.tuple([
  z.strictObject({ projectDir: z.string(), codeOnly: z.boolean().default(false) }),
]);

/** What the rules are told: where the project is; for the fence, whether imports are left to other rules. */
export function ruleOptions(context: Rule.RuleContext): {
  readonly projectDir: string;
  readonly codeOnly: boolean;
} {
  return optionsSchema.parse(context.options)[0];
}

/** The same for ESLint itself, which checks the options before a rule runs. */
export const ruleOptionsSchema: Rule.RuleMetaData['schema'] = [
  {
    type: 'object',
    properties: { projectDir: { type: 'string' }, codeOnly: { type: 'boolean' } },
    required: ['projectDir'],
    additionalProperties: false,
  },
];
