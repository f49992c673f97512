import { basename, dirname } from 'node:path';
import { importedPath, onImports } from './importedPath.js';

const globals = ['process', 'crypto', 'fetch', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'globalThis', 'global', 'Promise'];
const members = [
  ['Date', 'now'],
  ['Math', 'random'],
];
const folders = ['shared/domain/', 'shared/contracts/'];

/**
 * Keeps orchestrators deterministic: they run again from their history at every turn, so nothing in them may depend on
 * when, where or how often they run. Imports: the Durable types, siblings, domain and contracts. No clock, randomness,
 * environment, timers, network, `async`. With `codeOnly` the imports are left to other rules.
 * @type {import('eslint').Rule.RuleModule}
 */
export const orchestratorFence = {
  meta: {
    type: 'problem',
    schema: [
      {
        type: 'object',
        properties: { projectDir: { type: 'string' }, codeOnly: { type: 'boolean' } },
        required: ['projectDir'],
        additionalProperties: false,
      },
    ],
    messages: {
      import: 'an orchestrator must not import {{name}}: only durable-functions, its siblings, shared/domain and shared/contracts, because it is replayed.',
      global: '{{name}} gives another result on every replay: use what the context offers, or an activity.',
      date: '{{name}} reads the clock, which stands elsewhere on every replay: use context.df.currentUtcDateTime.',
      async: 'orchestrators and the rules under them run synchronously on replay: no async, await or promises.',
    },
  },
  create(context) {
    const { projectDir, codeOnly = false } = context.options[0];
    /** @param {any} node */
    const isGlobal = (node) => {
      const { references } = context.sourceCode.getScope(node);
      const reference = references.find(({ identifier }) => identifier === node);
      return reference === undefined ? !context.sourceCode.getScope(node).set.has(node.name) : (reference.resolved?.defs.length ?? 0) === 0;
    };
    /** @param {any} node */
    const refuseAsync = (node) => {
      if (node.async === true) context.report({ node, messageId: 'async' });
    };
    /** @param {any} node */
    const refuse = (node) => {
      context.report({ node, messageId: 'async' });
    };
    return {
      ...(codeOnly
        ? {}
        : onImports((node, specifier, typeOnly) => {
            const imported = importedPath(projectDir, context.filename, specifier);
            const isSibling = imported !== undefined && dirname(imported) === 'orchestrations' && basename(imported) !== 'register.ts';
            const isPure = imported !== undefined && folders.some((folder) => imported.startsWith(folder));
            const isPackage = specifier === 'durable-functions' || (specifier === 'zod' && typeOnly);
            if (node.type === 'ImportExpression' || !(isSibling || isPure || isPackage)) {
              context.report({ node, messageId: 'import', data: { name: imported ?? String(specifier) } });
            }
          })),
      /** @param {any} node */
      Identifier(node) {
        const { parent } = node;
        const isMember = (parent.type === 'MemberExpression' && parent.property === node && !parent.computed) || (parent.type === 'Property' && parent.key === node && !parent.computed && !parent.shorthand);
        const isType = parent.type.startsWith('TS');
        if (!isMember && !isType && globals.includes(node.name) && isGlobal(node)) {
          context.report({ node, messageId: 'global', data: { name: node.name } });
        }
      },
      /** @param {any} node */
      MemberExpression(node) {
        for (const [object, property] of members) {
          const named = node.property.type === 'Identifier' && !node.computed ? node.property.name : node.property.value;
          if (node.object.type === 'Identifier' && node.object.name === object && named === property) {
            context.report({ node, messageId: object === 'Date' ? 'date' : 'global', data: { name: `${object}.${property}` } });
          }
        }
      },
      /** @param {any} node */
      NewExpression(node) {
        if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0) {
          context.report({ node, messageId: 'date', data: { name: 'new Date()' } });
        }
      },
      /** @param {any} node */
      CallExpression(node) {
        if (node.callee.type === 'Identifier' && node.callee.name === 'Date') context.report({ node, messageId: 'date', data: { name: 'Date()' } });
      },
      FunctionDeclaration: refuseAsync,
      FunctionExpression: refuseAsync,
      ArrowFunctionExpression: refuseAsync,
      AwaitExpression: refuse,
      /** @param {any} node */
      ForOfStatement(node) {
        if (node.await) refuse(node);
      },
    };
  },
};
