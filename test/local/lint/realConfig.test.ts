import { join } from 'node:path';
import { ESLint, type Linter } from 'eslint';
import { describe, expect, it } from 'vitest';

const projectDir = join(import.meta.dirname, '..', '..', '..');
const eslint = new ESLint({ cwd: projectDir });

async function rulesOf(path: string): Promise<Partial<Linter.RulesRecord>> {
  const config = (await eslint.calculateConfigForFile(join(projectDir, path))) as Linter.Config;
  return config.rules ?? {};
}
const severity = (entry: Linter.RuleEntry | undefined): unknown =>
  Array.isArray(entry) ? entry[0] : entry;

describe('the lint configuration of the project', () => {
  it.each([
    'orchestrations/batch.ts',
    'orchestrations/watch.ts',
    'orchestrations/steps.ts',
    'shared/domain/cadence.ts',
  ])('puts the fence around %s', async (path) => {
    expect(severity((await rulesOf(path))['tenant-ferry/orchestrator-fence'])).toBe(2);
  });

  it.each([
    'orchestrations/register.ts',
    'orchestrations/activities/createJob.ts',
    'functions/main.ts',
  ])('leaves %s outside the fence', async (path) => {
    expect((await rulesOf(path))['tenant-ferry/orchestrator-fence']).toBeUndefined();
  });

  it.each([
    'functions/main.ts',
    'shared/graph/createJobClient.ts',
    'local/demo.ts',
    'test/e2e/demo.test.ts',
  ])('holds the arrows and the length in %s', async (path) => {
    expect(severity((await rulesOf(path))['tenant-ferry/layer-arrows'])).toBe(2);
  });

  it('finds a clock that somebody reads in an orchestrator', async () => {
    const [result] = await eslint.lintText('export const now = Date.now();\n', {
      filePath: join(projectDir, 'orchestrations', 'lane.ts'),
    });
    expect(result?.messages.map(({ ruleId }) => ruleId)).toContain(
      'tenant-ferry/orchestrator-fence',
    );
  });
});
