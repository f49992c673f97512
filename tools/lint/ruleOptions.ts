import type { Rule } from 'eslint';
import { z } from 'zod';

const optionsSchema = z.tuple([
  z.strictObject({
    projectDir: z.string(),
    codeOnly: z.boolean().default(false),
    orchestratorFiles: z.array(z.string()).default([]),
  }),
]);

/** The options of the fence: where the project is, whether imports are left to other rules, and which files orchestrators may import besides domain and contracts. */
export function ruleOptions(context: Rule.RuleContext): {
  readonly projectDir: string;
  readonly codeOnly: boolean;
  readonly orchestratorFiles: readonly string[];
} {
  return optionsSchema.parse(context.options)[0];
}

/** The same for ESLint itself, which checks the options before a rule runs. */
export const ruleOptionsSchema: Rule.RuleMetaData['schema'] = [
  {
    type: 'object',
    properties: {
      projectDir: { type: 'string' },
      codeOnly: { type: 'boolean' },
      orchestratorFiles: { type: 'array', items: { type: 'string' } },
    },
    required: ['projectDir'],
    additionalProperties: false,
  },
];
