import { relative } from 'node:path';
import { importedPath, onImports } from './importedPath.js';
import { layerOf, mayImport } from './layers.js';

/**
 * Holds the arrows of the layout: an import against them is an error.
 * @type {import('eslint').Rule.RuleModule}
 */
export const layerArrows = {
  meta: {
    type: 'problem',
    schema: [{ type: 'object', properties: { projectDir: { type: 'string' } }, required: ['projectDir'], additionalProperties: false }],
    messages: {
      against: '{{layer}} must not import from {{other}}: the arrows of the layout go one way (local/lint/layers.js).',
      io: '{{layer}} does no input or output: it must not import {{name}}.',
    },
  },
  create(context) {
    const { projectDir } = context.options[0];
    const importer = relative(projectDir, context.filename).replaceAll('\\', '/');
    const own = layerOf(importer);
    return onImports((node, specifier) => {
      if (own === undefined) return;
      const imported = importedPath(projectDir, context.filename, specifier);
      if (imported === undefined) {
        const isPure = own.layer === 'shared/domain' || own.layer === 'shared/contracts';
        if (isPure && specifier !== 'zod') context.report({ node, messageId: 'io', data: { layer: own.layer, name: String(specifier) } });
        return;
      }
      if (!mayImport(importer, imported)) {
        context.report({ node, messageId: 'against', data: { layer: own.layer, other: layerOf(imported)?.layer ?? imported } });
      }
    });
  },
};
