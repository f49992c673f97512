import tseslint from 'typescript-eslint';
import { layerArrows } from './local/lint/layerArrows.ts';
import { orchestratorFence } from './local/lint/orchestratorFence.ts';

const projectDir = import.meta.dirname;
const tenantFerry = {
  rules: { 'layer-arrows': layerArrows, 'orchestrator-fence': orchestratorFence },
};

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.local/', 'test/local/host/apps/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: projectDir } },
    plugins: { 'tenant-ferry': tenantFerry },
    rules: {
      'tenant-ferry/layer-arrows': ['error', { projectDir }],
      'max-lines': ['error', 500],
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
  {
    files: ['orchestrations/*.ts'],
    ignores: ['orchestrations/register.ts'],
    plugins: { 'tenant-ferry': tenantFerry },
    rules: { 'tenant-ferry/orchestrator-fence': ['error', { projectDir }] },
  },
  {
    files: ['shared/domain/**/*.ts'],
    plugins: { 'tenant-ferry': tenantFerry },
    rules: { 'tenant-ferry/orchestrator-fence': ['error', { projectDir, codeOnly: true }] },
  },
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
