import tseslint from 'typescript-eslint';
import { deterministic, orchestratorFence } from './tools/lint/orchestratorFence.ts';

const projectDir = import.meta.dirname;

/** What runs again from its history at every turn. Everything else in orchestrations/ is activity code. */
const orchestratorFiles = [
  'orchestrations/names.ts',
  'orchestrations/durable/steps.ts',
  'orchestrations/migration/migration.ts',
  'orchestrations/users/batch.ts',
  'orchestrations/users/deletion.ts',
  'orchestrations/users/jobCreation.ts',
  'orchestrations/users/jobSteps.ts',
  'orchestrations/users/operation.ts',
  'orchestrations/users/sendAction.ts',
  'orchestrations/users/watchJob.ts',
  'orchestrations/sharePoint/batch.ts',
  'orchestrations/sharePoint/identityMappings.ts',
  'orchestrations/sharePoint/task.ts',
  'orchestrations/sharePoint/taskState.ts',
  'orchestrations/commands/checkpoint.ts',
  'orchestrations/commands/executeCommand.ts',
  'orchestrations/commands/handleCommands.ts',
  'orchestrations/commands/interpretCommands.ts',
];

export default tseslint.config(
  {
    ignores: ['dist/', 'node_modules/', 'coverage/', '.local/', 'local/functions-host/test/apps/'],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: projectDir } },
    rules: {
      'max-lines': ['error', 300],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // A list of steps of a functional chain reads better with it than with a block that returns nothing.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      // What was caught may be thrown on.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      'prefer-const': ['error', { ignoreReadBeforeAssign: true }],
    },
  },
  orchestratorFence(orchestratorFiles),
  { files: ['shared/domain/**/*.ts'], rules: deterministic },
  {
    files: ['test/**/*.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    files: ['test/e2e/**/*.test.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        {
          name: 'fetch',
          message:
            'Use documentedFetch (running.fetch): it holds every answer against the OpenAPI document.',
        },
      ],
    },
  },
);
