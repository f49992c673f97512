import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import { describe, expect, it } from 'vitest';
import { temporaryDir } from '../../local/temporaryDir.ts';

const projectDir = join(import.meta.dirname, '..', '..', '..');
const options = await extractDepcruiseOptions(join(projectDir, '.dependency-cruiser.js'));
const ruleNames = (options.ruleSet?.forbidden ?? []).map(({ name }) => name ?? '').sort();

type Files = Readonly<Record<string, string>>;

const npmPackage = (name: string): Files => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, main: 'index.js' }),
  [`node_modules/${name}/index.js`]: 'module.exports = {};',
});
const imports = (...specifiers: string[]): string =>
  `${specifiers.map((specifier) => `import '${specifier}';`).join('\n')}\nexport {};`;

/** A project in which every import is allowed. */
const allowed: Files = {
  'package.json': JSON.stringify({
    type: 'module',
    dependencies: { zod: '1.0.0', 'durable-functions': '1.0.0' },
    devDependencies: { vitest: '1.0.0' },
  }),
  'tsconfig.json': '{}',
  ...npmPackage('zod'),
  ...npmPackage('durable-functions'),
  ...npmPackage('vitest'),
  'functions/main.ts': imports('../orchestrations/batch.ts', './http/route.ts'),
  'functions/http/route.ts': imports(
    '../../shared/http/parseRequest.ts',
    '../../shared/intake/accept.ts',
  ),
  'orchestrations/batch.ts': imports('durable-functions', '../shared/graph/jobs.ts'),
  'shared/contracts/request.ts': imports('zod'),
  'shared/domain/plan.ts': imports('../contracts/request.ts'),
  'shared/config/config.ts': imports('../domain/plan.ts'),
  'shared/graph/jobs.ts': imports('../config/config.ts', './result.ts'),
  'shared/graph/result.ts': imports('../contracts/request.ts'),
  'shared/storage/stores.ts': imports('../domain/plan.ts', 'node:crypto'),
  'shared/http/parseRequest.ts': imports('../storage/stores.ts'),
  'shared/intake/accept.ts': imports('../storage/stores.ts'),
  'local/clock/clock.ts': imports('node:fs'),
  'local/functions-host/index.ts': imports('../clock/clock.ts', 'node:http'),
  'local/functions-host/test/index.test.ts': imports(
    '../index.ts',
    '../../../test/dir.ts',
    'vitest',
  ),
  'local/graph-emulator/index.ts': imports('../clock/clock.ts'),
  'local/stack/main.ts': imports('../functions-host/index.ts', '../graph-emulator/index.ts'),
  'tools/budgets/main.ts': imports('../../local/stack/main.ts'),
  'test/dir.ts': imports('node:os'),
  'bench/main.ts': imports('../test/dir.ts', '../functions/main.ts', '../local/stack/main.ts'),
};

/** For each rule, files that break it and no other rule. */
const forbidden: Readonly<Record<string, Files>> = {
  'no-circles': { 'shared/graph/result.ts': imports('./jobs.ts') },
  'contracts-import-nothing': {
    'shared/contracts/request.ts': imports('../config/time.ts'),
    'shared/config/time.ts': imports(),
  },
  'domain-imports-contracts': {
    'shared/domain/plan.ts': imports('../config/time.ts', '../contracts/request.ts'),
    'shared/config/time.ts': imports(),
  },
  'domain-and-contracts-do-no-io': { 'shared/domain/plan.ts': imports('node:fs') },
  'config-graph-and-storage-stand-on-domain': {
    'shared/storage/stores.ts': imports('../domain/plan.ts', '../graph/result.ts'),
  },
  'http-stands-on-storage': {
    'shared/http/parseRequest.ts': imports('../storage/stores.ts', '../graph/jobs.ts'),
  },
  'intake-does-not-call-graph': {
    'shared/intake/accept.ts': imports('../storage/stores.ts', '../graph/jobs.ts'),
  },
  'shared-does-not-know-who-uses-it': {
    'shared/intake/accept.ts': imports('../../orchestrations/names.ts'),
    'orchestrations/names.ts': imports(),
  },
  'orchestrations-do-not-know-triggers': {
    'orchestrations/batch.ts': imports('../functions/names.ts', '../shared/graph/jobs.ts'),
    'functions/names.ts': imports(),
  },
  'the-app-imports-nothing-local': {
    'functions/main.ts': imports('../orchestrations/batch.ts', './http/route.ts', '../test/dir.ts'),
  },
  'deployed-code-imports-dependencies': {
    'orchestrations/batch.ts': imports('vitest', '../shared/graph/jobs.ts'),
  },
  'the-app-has-no-unused-file': { 'shared/graph/unused.ts': imports('./result.ts') },
  'host-and-emulator-stand-alone': {
    'local/functions-host/index.ts': imports('../graph-emulator/index.ts'),
  },
  'tests-of-local-packages-stand-alone': {
    'local/functions-host/test/index.test.ts': imports('../../../shared/domain/plan.ts'),
  },
  'the-clock-stands-alone': {
    'local/clock/clock.ts': imports('../demo/text.ts'),
    'local/demo/text.ts': imports(),
  },
  'local-and-tools-do-not-import-tests': { 'tools/budgets/main.ts': imports('../../test/dir.ts') },
  'local-does-not-import-tools': {
    'local/stack/main.ts': imports('../../tools/lint/words.ts'),
    'tools/lint/words.ts': imports(),
  },
  'every-import-resolves': { 'bench/main.ts': imports('./gone.ts') },
};

async function brokenRules(files: Files): Promise<string[]> {
  const baseDir = temporaryDir();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(baseDir, path)), { recursive: true });
    writeFileSync(join(baseDir, path), text);
  }
  const folders = ['functions', 'orchestrations', 'shared', 'local', 'tools', 'test', 'bench'];
  const { output } = await cruise(folders, { ...options, baseDir });
  if (typeof output === 'string') throw new Error('expected the result as an object');
  return [...new Set(output.summary.violations.map(({ rule }) => rule.name))];
}

describe('the import rules', () => {
  it('allow the imports of the layout', async () => {
    expect(await brokenRules(allowed)).toEqual([]);
  });

  it.each(ruleNames)('%s finds a forbidden import', async (rule) => {
    expect(await brokenRules({ ...allowed, ...forbidden[rule] })).toEqual([rule]);
  });
});
