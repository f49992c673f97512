import { dirname, relative } from 'node:path';
import type { Linter } from 'eslint';

const replayed =
  'gives another result on every replay: use what the context offers, or an activity.';
const globals = [
  ...['performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'AbortSignal'],
  ...['process', 'navigator', 'Intl', 'crypto', 'fetch', 'WebSocket', 'EventSource'],
  ...['WeakRef', 'FinalizationRegistry', 'globalThis', 'global', 'require', 'Promise'],
];

const clock = 'Date reads the clock here: use context.df.currentUtcDateTime.';
const hidden =
  'Date and Math may only be used by named members here: passed on, they hide the clock and Math.random.';
const locale =
  'Without a locale the result depends on the settings of the machine: name the locale.';
const synchronous =
  'Orchestrators and the rules under them run synchronously on replay: no async, await or promises.';
const hiding = 'Identifier[name=/^(Date|Math)$/]';
// Where Date and Math are named members, types or keys. The rest of the syntax rules covers `new` and calls.
const named = [
  'MemberExpression',
  'NewExpression',
  'CallExpression',
  'BinaryExpression[operator="instanceof"]',
  'Property',
  'TSTypeReference',
  'TSTypeQuery',
  'TSQualifiedName',
].join(', ');

const syntax = (message: string, ...selectors: readonly string[]) =>
  selectors.map((selector) => ({ selector, message }));

/**
 * The rules of code that runs again from a history at every turn. Nothing in it may depend on when,
 * where or how often it runs: no clock, randomness, environment, timers, network, `async`.
 */
export const deterministic: Linter.RulesRecord = {
  'no-restricted-globals': [
    'error',
    ...globals.map((name) => ({ name, message: `${name} ${replayed}` })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', allowProperties: ['parse', 'UTC'], message: clock },
    { object: 'Math', property: 'random', message: `Math.random ${replayed}` },
  ],
  'no-restricted-syntax': [
    'error',
    ...syntax(
      clock,
      'CallExpression[callee.name="Date"]',
      'NewExpression[callee.name="Date"][arguments.length=0]',
      // `new Date(...parts)` reads the clock when there are no parts.
      'NewExpression[callee.name="Date"][arguments.0.type="SpreadElement"]',
    ),
    ...syntax(
      hidden,
      `:not(${named}) > ${hiding}`,
      `:matches(CallExpression, NewExpression) > ${hiding}.arguments`,
      `Property > ${hiding}.value`,
      'MemberExpression[computed=true][object.name=/^(Date|Math)$/][property.type!="Literal"]',
    ),
    ...syntax(
      locale,
      'CallExpression[arguments.length<2] > MemberExpression.callee[property.name="localeCompare"]',
      'CallExpression[arguments.length<2] > MemberExpression.callee[property.value="localeCompare"]',
      'CallExpression[arguments.length=0] > MemberExpression.callee[property.name=/^toLocale/]',
    ),
    ...syntax(
      synchronous,
      ':function[async=true]',
      'AwaitExpression',
      'ForOfStatement[await=true]',
      'VariableDeclaration[kind="await using"]',
      'ImportExpression',
    ),
    ...syntax(
      'Import types at the top of the file: only there are imports checked.',
      'TSImportType',
    ),
  ],
};

/**
 * Returns the rules of orchestrators. They may import the Durable types, other orchestrator files,
 * domain and contracts, and be no less deterministic than these.
 */
export function orchestratorFence(orchestratorFiles: readonly string[]): Linter.Config[] {
  return orchestratorFiles.map((file) => {
    const allowed = [
      'durable-functions',
      'zod',
      ...orchestratorFiles.map((other) => specifier(file, other).replaceAll('.', '\\.')),
      '(?:\\.\\./)+shared/(?:domain|contracts)/.+',
    ];
    const message =
      'An orchestrator must import only durable-functions, other orchestrators, shared/domain and shared/contracts, because it is replayed.';
    return {
      files: [file],
      rules: {
        ...deterministic,
        '@typescript-eslint/no-restricted-imports': [
          'error',
          {
            patterns: [
              { regex: `^(?!(?:${allowed.join('|')})$)`, message },
              { regex: '^zod$', allowTypeImports: true, message },
            ],
          },
        ],
      },
    };
  });
}

/** Returns how one file imports another. */
function specifier(from: string, to: string): string {
  const path = relative(dirname(from), to).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}
