import { join } from 'node:path';
import { RuleTester } from 'eslint';
import { parser } from 'typescript-eslint';
import { describe, it } from 'vitest';
import { layerArrows } from '../../../local/lint/layerArrows.ts';

RuleTester.describe = describe;
RuleTester.it = it;

const projectDir = join(import.meta.dirname, '..', '..', '..');
const tester = new RuleTester({ languageOptions: { parser } });
const options = [{ projectDir }];
const file = (path: string): string => join(projectDir, path);

const good: [importer: string, specifier: string][] = [
  ['functions/getMigration.ts', '../shared/storage/stores.ts'],
  ['functions/main.ts', '../orchestrations/register.ts'],
  ['orchestrations/register.ts', './activities/createJob.ts'],
  ['orchestrations/activities/createJob.ts', '../../shared/graph/jobClient.ts'],
  ['shared/graph/createJobClient.ts', '../config/config.ts'],
  ['shared/storage/taskTable.ts', '@azure/data-tables'],
  ['shared/intake/acceptRequest.ts', '../storage/stores.ts'],
  ['shared/domain/plan.ts', '../contracts/task.ts'],
  ['shared/telemetry/trace.ts', '../config/config.ts'],
  ['shared/newFolder/start.ts', '../storage/stores.ts'],
  ['shared/contracts/task.ts', 'zod'],
  ['local/storage/memoryStores.ts', '../../shared/storage/stores.ts'],
  ['test/e2e/demo.test.ts', '../../local/demo/demoOptions.ts'],
];

const bad: [importer: string, specifier: string, messageId: string][] = [
  ['shared/domain/plan.ts', '../storage/stores.ts', 'against'],
  ['shared/domain/plan.ts', 'node:fs', 'io'],
  ['shared/contracts/task.ts', '@azure/data-tables', 'io'],
  ['shared/contracts/task.ts', '../domain/plan.ts', 'against'],
  ['shared/graph/jobClient.ts', '../storage/stores.ts', 'against'],
  ['shared/storage/rows.ts', '../graph/jobClient.ts', 'against'],
  ['shared/http/tasksCsv.ts', '../../orchestrations/names.ts', 'against'],
  ['shared/intake/acceptRequest.ts', '../../functions/services.ts', 'against'],
  ['shared/telemetry/trace.ts', '../../orchestrations/names.ts', 'against'],
  ['shared/newFolder/start.ts', '../../functions/main.ts', 'against'],
  ['shared/newFolder/start.ts', '../../local/clock/clock.ts', 'against'],
  ['orchestrations/batch.ts', '../local/clock/clock.ts', 'against'],
  ['functions/main.ts', '../test/e2e/testStack.ts', 'against'],
  ['local/graph/cli.ts', '../../test/local/graph/testGraph.ts', 'against'],
  ['orchestrations/batch.ts', '../functions/services.ts', 'against'],
  ['orchestrations/activities/createJob.ts', '../batch.ts', 'against'],
  ['functions/main.ts', '../local/clock/clock.ts', 'against'],
  ['shared/graph/jobClient.ts', '../../local/graph/createEmulator.ts', 'against'],
  ['local/graph/cli.ts', '../../functions/main.ts', 'against'],
];

tester.run('layer-arrows', layerArrows, {
  valid: good.map(([importer, specifier]) => ({
    code: `import { a } from '${specifier}';`,
    filename: file(importer),
    options,
  })),
  invalid: bad.flatMap(([importer, specifier, messageId]) =>
    [
      `export * from '${specifier}';`,
      `import type { A } from '${specifier}';`,
      `type B = import('${specifier}').B;`,
      `const c = import('${specifier}');`,
    ].map((code) => ({
      code,
      filename: file(importer),
      options,
      errors: [{ messageId }],
    })),
  ),
});
