import { basename, dirname } from 'node:path';
import type { Rule } from 'eslint';
import { importedPath, onImports } from './importedPath.ts';
import { ruleOptions, ruleOptionsSchema } from './ruleOptions.ts';

const globals = ['process', 'crypto', 'fetch', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'globalThis', 'global', 'Promise'];
const members = ['Date.now', 'Math.random'];
const folders = ['shared/domain/', 'shared/contracts/'];

/**
 * Keeps orchestrators deterministic: they run again from their history at every turn, so nothing in them may depend on
 * when, where or how often they run. Imports: the Durable types, siblings, domain and contracts. No clock, randomness,
 * environment, timers, network, `async`. With `codeOnly` the imports are left to other rules.
 */
export const orchestratorFence: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: ruleOptionsSchema,
    messages: {
      import: 'an orchestrator must not import {{name}}: only durable-functions, its siblings, shared/domain and shared/contracts, because it is replayed.',
      global: '{{name}} gives another result on every replay: use what the context offers, or an activity.',
      date: '{{name}} reads the clock, which stands elsewhere on every replay: use context.df.currentUtcDateTime.',
      async: 'orchestrators and the rules under them run synchronously on replay: no async, await or promises.',
    },
  },
  create(context) {
    const { projectDir, codeOnly } = ruleOptions(context);
    const refuse = (node: Rule.Node): void => {
      context.report({ node, messageId: 'async' });
    };
    const refuseAsync = (node: Rule.Node): void => {
      if ('async' in node && node.async === true) refuse(node);
    };
    const refuseDate = (node: Rule.Node, name: string): void => {
      context.report({ node, messageId: 'date', data: { name } });
    };
    return {
      ...(codeOnly
        ? {}
        : onImports((node, specifier, typeOnly) => {
            if (!mayImport(importedPath(projectDir, context.filename, specifier), specifier, typeOnly, node)) {
              const name = importedPath(projectDir, context.filename, specifier) ?? String(specifier);
              context.report({ node, messageId: 'import', data: { name } });
            }
          })),
      Identifier(node: Rule.Node) {
        if (node.type === 'Identifier' && globals.includes(node.name) && isValue(node) && isGlobal(context, node)) {
          context.report({ node, messageId: 'global', data: { name: node.name } });
        }
      },
      MemberExpression(node: Rule.Node) {
        const name = memberName(node);
        if (name === undefined || !members.includes(name)) return;
        if (name.startsWith('Date')) refuseDate(node, name);
        else context.report({ node, messageId: 'global', data: { name } });
      },
      NewExpression(node: Rule.Node) {
        if (node.type === 'NewExpression' && isDate(node.callee) && node.arguments.length === 0) refuseDate(node, 'new Date()');
      },
      CallExpression(node: Rule.Node) {
        if (node.type === 'CallExpression' && isDate(node.callee)) refuseDate(node, 'Date()');
      },
      FunctionDeclaration: refuseAsync,
      FunctionExpression: refuseAsync,
      ArrowFunctionExpression: refuseAsync,
      AwaitExpression: refuse,
      ForOfStatement(node: Rule.Node) {
        if (node.type === 'ForOfStatement' && node.await) refuse(node);
      },
    };
  },
};

function mayImport(imported: string | undefined, specifier: unknown, typeOnly: boolean, node: Rule.Node): boolean {
  if (node.type === 'ImportExpression') return false;
  if (imported === undefined) return specifier === 'durable-functions' || (specifier === 'zod' && typeOnly);
  const isSibling = dirname(imported) === 'orchestrations' && basename(imported) !== 'register.ts';
  return isSibling || folders.some((folder) => imported.startsWith(folder));
}

/** False for the name of a member or a type, which is no use of the global. */
function isValue(node: Rule.Node): boolean {
  const { parent } = node;
  if (parent === null) return true;
  if (parent.type === 'MemberExpression') return parent.computed || parent.object === node;
  if (parent.type === 'Property') return parent.computed || parent.shorthand || parent.value === node;
  return !parent.type.startsWith('TS');
}

function isGlobal(context: Rule.RuleContext, node: Rule.Node): boolean {
  const scope = context.sourceCode.getScope(node);
  const reference = scope.references.find(({ identifier }) => identifier === node);
  // Without a reference it is a declaration, unless no scope knows the name.
  if (reference === undefined) return node.type === 'Identifier' && !scope.set.has(node.name);
  return (reference.resolved?.defs.length ?? 0) === 0;
}

function isDate(node: { readonly type: string }): boolean {
  return node.type === 'Identifier' && 'name' in node && node.name === 'Date';
}

/** `Date.now` for `Date.now` and `Date['now']`. */
function memberName(node: Rule.Node): string | undefined {
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return undefined;
  const { property, computed } = node;
  if (property.type === 'Identifier' && !computed) return `${node.object.name}.${property.name}`;
  return property.type === 'Literal' ? `${node.object.name}.${String(property.value)}` : undefined;
}
