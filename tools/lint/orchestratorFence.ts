import type { Rule } from 'eslint';
import { globalUses } from './globalUses.ts';
import { importedPath, onImports } from './importedPath.ts';
import { ruleOptions, ruleOptionsSchema } from './ruleOptions.ts';

const clock = [
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'AbortSignal',
];
const surroundings = [
  'process',
  'navigator',
  'Intl',
  'crypto',
  'fetch',
  'WebSocket',
  'EventSource',
  'WeakRef',
  'FinalizationRegistry',
];
const detours = ['globalThis', 'global', 'require', 'Promise'];
const globals: ReadonlySet<string> = new Set([...clock, ...surroundings, ...detours]);
const folders = ['shared/domain/', 'shared/contracts/'];

/**
 * Keeps orchestrators deterministic: they run again from their history at every turn, so nothing in them may depend on
 * when, where or how often they run. Imports: the Durable types, other orchestrator files, domain and contracts. No clock, randomness,
 * environment, timers, network, `async`. With `codeOnly` the imports are left to other rules.
 */
export const orchestratorFence: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: ruleOptionsSchema,
    messages: {
      import:
        'an orchestrator must not import {{name}}: only durable-functions, other orchestrators, shared/domain and shared/contracts, because it is replayed.',
      global:
        '{{name}} gives another result on every replay: use what the context offers, or an activity.',
      date: '{{name}} reads the clock, which stands elsewhere on every replay: use context.df.currentUtcDateTime.',
      hidden: '{{name}} may only be used by its members here: passed on, it hides {{member}}.',
      locale: '{{name}} without a locale answers by the settings of the machine: name the locale.',
      async:
        'orchestrators and the rules under them run synchronously on replay: no async, await or promises.',
    },
  },
  create(context) {
    const { projectDir, codeOnly, orchestratorFiles } = ruleOptions(context);
    const isGlobal = globalUses(context.sourceCode);
    const refuse = (node: Rule.Node): void => {
      context.report({ node, messageId: 'async' });
    };
    const refuseAsync = (node: Rule.Node): void => {
      if ('async' in node && node.async === true) refuse(node);
    };
    const refuseImport = (node: Rule.Node, specifier: unknown, typeOnly: boolean): void => {
      const imported = importedPath(projectDir, context.filename, specifier);
      if (
        node.type !== 'ImportExpression' &&
        mayImport(imported, specifier, typeOnly, orchestratorFiles)
      )
        return;
      context.report({ node, messageId: 'import', data: { name: imported ?? String(specifier) } });
    };
    return {
      ...(codeOnly ? { ImportExpression: refuse } : onImports(refuseImport)),
      Identifier(node: Rule.Node) {
        if (node.type !== 'Identifier' || !isGlobal(node)) return;
        if (globals.has(node.name))
          context.report({ node, messageId: 'global', data: { name: node.name } });
        if (node.name === 'Date') reportDate(context, node);
        if (node.name === 'Math') reportMath(context, node);
      },
      MemberExpression(node: Rule.Node) {
        const name = localeMethod(node);
        if (name !== undefined) context.report({ node, messageId: 'locale', data: { name } });
      },
      VariableDeclaration(node: Rule.Node) {
        if (node.type === 'VariableDeclaration' && node.kind === 'await using') refuse(node);
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

function mayImport(
  imported: string | undefined,
  specifier: unknown,
  typeOnly: boolean,
  orchestratorFiles: readonly string[],
): boolean {
  if (imported === undefined)
    return specifier === 'durable-functions' || (specifier === 'zod' && typeOnly);
  return (
    orchestratorFiles.includes(imported) || folders.some((folder) => imported.startsWith(folder))
  );
}

/** Lets through a date that is given its instant, `Date.parse`, `Date.UTC` and `instanceof Date`. */
function reportDate(context: Rule.RuleContext, node: Rule.Node): void {
  const { parent } = node;
  const report = (name: string): void => {
    context.report({ node: parent ?? node, messageId: 'date', data: { name } });
  };
  if (parent?.type === 'NewExpression' && parent.callee === node) {
    // `new Date(...parts)` reads the clock when there are no parts.
    if (parent.arguments[0] === undefined || parent.arguments[0].type === 'SpreadElement')
      report('new Date()');
  } else if (parent?.type === 'CallExpression' && parent.callee === node) {
    report('Date()');
  } else if (parent?.type === 'MemberExpression' && parent.object === node) {
    const member = memberName(parent);
    if (member !== 'parse' && member !== 'UTC') report(`Date.${member ?? '…'}`);
  } else if (parent?.type !== 'BinaryExpression' || parent.operator !== 'instanceof') {
    context.report({
      node,
      messageId: 'hidden',
      data: { name: 'Date', member: 'Date.now and new Date()' },
    });
  }
}

/** Lets through the members of Math that are named, apart from `random`. */
function reportMath(context: Rule.RuleContext, node: Rule.Node): void {
  const member =
    node.parent?.type === 'MemberExpression' && node.parent.object === node
      ? memberName(node.parent)
      : undefined;
  if (member === 'random')
    context.report({
      node: node.parent ?? node,
      messageId: 'global',
      data: { name: 'Math.random' },
    });
  if (member === undefined)
    context.report({ node, messageId: 'hidden', data: { name: 'Math', member: 'Math.random' } });
}

/** `localeCompare` and the like, when the call leaves the locale to the machine. */
function localeMethod(node: Rule.Node): string | undefined {
  if (node.parent?.type !== 'CallExpression' || node.parent.callee !== node) return undefined;
  const name = memberName(node);
  const given = node.parent.arguments.length;
  if (name === 'localeCompare') return given < 2 ? name : undefined;
  return name?.startsWith('toLocale') === true && given === 0 ? name : undefined;
}

/** `now` for `Date.now`, `Date['now']` and the same in backticks; undefined for a name that is computed. */
function memberName(node: Rule.Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const { property, computed } = node;
  if (!computed) return property.type === 'Identifier' ? property.name : undefined;
  if (property.type === 'Literal') return String(property.value);
  if (property.type === 'TemplateLiteral' && property.expressions.length === 0)
    return property.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}
