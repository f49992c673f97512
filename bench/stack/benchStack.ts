import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, type StackOptions, startStack } from '../../local/stack/startStack.ts';

/** Runs work with a local stack of its own, in a folder of its own that is deleted afterwards. */
export async function withStack<T>(
  options: Partial<Pick<StackOptions, 'appDir' | 'settings'>> & { readonly scenario?: object },
  work: (stack: Stack) => Promise<T>,
): Promise<T> {
  const { scenario = {}, ...rest } = options;
  const dir = mkdtempSync(join(tmpdir(), 'tenant-ferry-bench-'));
  const scenarioFile = join(dir, 'scenario.json');
  writeFileSync(scenarioFile, JSON.stringify(scenario));
  try {
    const stack = await startStack({
      ...rest,
      dataDir: join(dir, 'data'),
      speed: 1,
      scenario: scenarioFile,
    });
    try {
      return await work(stack);
    } finally {
      await stack.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
