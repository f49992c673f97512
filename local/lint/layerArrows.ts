import { relative } from 'node:path';
import type { Rule } from 'eslint';
import { importedPath, onImports } from './importedPath.ts';
import { layerOf, mayImport } from './layers.ts';
import { ruleOptions, ruleOptionsSchema } from './ruleOptions.ts';

/** Holds the arrows of the layout: an import against them is an error. */
export const layerArrows: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: ruleOptionsSchema,
    messages: {
      against:
        '{{layer}} must not import from {{other}}: the arrows of the layout go one way (local/lint/layers.ts).',
      io: '{{layer}} does no input or output: it must not import {{name}}.',
    },
  },
  create(context) {
    const { projectDir } = ruleOptions(context);
    const importer = relative(projectDir, context.filename).replaceAll('\\', '/');
    const own = layerOf(importer);
    if (own === undefined) return {};
    const isPure = own.layer === 'shared/domain' || own.layer === 'shared/contracts';
    return onImports((node, specifier) => {
      const imported = importedPath(projectDir, context.filename, specifier);
      if (imported === undefined) {
        if (isPure && specifier !== 'zod')
          context.report({
            node,
            messageId: 'io',
            data: { layer: own.layer, name: String(specifier) },
          });
      } else if (!mayImport(importer, imported)) {
        context.report({
          node,
          messageId: 'against',
          data: { layer: own.layer, other: layerOf(imported)?.layer ?? imported },
        });
      }
    });
  },
};
