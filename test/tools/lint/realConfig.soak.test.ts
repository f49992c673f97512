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
    'orchestrations/users/batch.ts',
    'orchestrations/users/watchJob.ts',
    'orchestrations/durable/steps.ts',
    'shared/domain/polling.ts',
  ])('puts the fence around %s', async (path) => {
    expect(severity((await rulesOf(path))['no-restricted-globals'])).toBe(2);
  });

  it.each(['orchestrations/register.ts', 'orchestrations/users/createJob.ts', 'functions/main.ts'])(
    'leaves %s outside the fence',
    async (path) => {
      expect((await rulesOf(path))['no-restricted-globals']).toBeUndefined();
    },
  );

  it('holds the length of deployed files', async () => {
    expect(severity((await rulesOf('functions/main.ts'))['max-lines'])).toBe(2);
  });

  it('finds a clock that somebody reads in an orchestrator', async () => {
    const [result] = await eslint.lintText('export const now = Date.now();\n', {
      filePath: join(projectDir, 'orchestrations', 'migration', 'migration.ts'),
    });
    expect(result?.messages.map(({ ruleId }) => ruleId)).toContain('no-restricted-properties');
  });
});
