import { join } from 'node:path';
import { RuleTester } from 'eslint';
import { parser } from 'typescript-eslint';
import { describe, it } from 'vitest';
import { orchestratorFence } from '../../../tools/lint/orchestratorFence.ts';

RuleTester.describe = describe;
RuleTester.it = it;

const projectDir = join(import.meta.dirname, '..', '..', '..');
const tester = new RuleTester({ languageOptions: { parser } });
const filename = join(projectDir, 'orchestrations', 'batch.ts');
const options = [{ projectDir, orchestratorFiles: ['orchestrations/steps.ts'] }];

const good = [
  "import * as df from 'durable-functions';",
  "import type { z } from 'zod';",
  "import { call } from './steps.ts';",
  "import { plan } from '../shared/contracts/ids.ts'; import { taskSchema } from '../shared/contracts/task.ts';",
  'export function* watch(context: { df: { currentUtcDateTime: Date } }) { const at = new Date(context.df.currentUtcDateTime.getTime() + 1000); yield at; }',
  'const at = Date.parse("2026-11-20T08:00:00Z");',
  'function f(process: number) { return process; }',
  'const task = { process: 1, fetch: 2, Promise: 3 }; task.fetch;',
  'const biggest = Math.max(1, 2);',
  "const most = Math['max'](1, 2);",
  'const at = Date.UTC(2026, 10, 20); const isDate = (value: unknown) => value instanceof Date;',
  'interface Watch { at: Date; wait: Promise<void>; run: typeof process; fetch: typeof globalThis.fetch; }',
  'class Steps { process() { return this.fetch; } fetch = 1; }',
  "import { fetch as read } from './steps.ts'; export { read as process };",
  "const same = 'a'.localeCompare('b', 'en'); const text = (1234).toLocaleString('en');",
];

const bad: [code: string, ...messageIds: string[]][] = [
  ["import { z } from 'zod';", 'import'],
  ["import { readFile } from 'node:fs';", 'import'],
  ["import { app } from '@azure/functions';", 'import'],
  ["import { createJob } from './createJob.ts';", 'import'],
  ["import { registerOrchestrations } from './register.ts';", 'import'],
  ["import type { Stores } from '../shared/storage/stores.ts';", 'import'],
  ["export { createJobClient } from '../shared/graph/jobs.ts';", 'import'],
  ["const late = import('../../tools/lint/steps.ts');", 'import'],
  ['const now = Date.now();', 'date'],
  ["const now = Date['now']();", 'date'],
  ['const now = new Date();', 'date'],
  ['const now = Date();', 'date'],
  ['const n = Math.random();', 'global'],
  ['const id = crypto.randomUUID();', 'global'],
  ['const size = process.env.BATCH_SIZE;', 'global'],
  ['const timer = setTimeout(() => 1, 10);', 'global'],
  ['queueMicrotask(() => 1);', 'global'],
  ["const answer = fetch('https://example.com');", 'global'],
  ['const now = globalThis.Date.now();', 'global'],
  ['const took = performance.now();', 'global'],
  ['const both = Promise.all([]);', 'global'],
  ["const fs = require('node:fs');", 'global'],
  ["type Fs = import('node:fs').Stats;", 'import'],
  ['const signal = AbortSignal.timeout(10);', 'global'],
  ['const text = new Intl.DateTimeFormat().format();', 'global'],
  ['const at = new Date(...[]);', 'date'],
  ['const now = Date?.now();', 'date'],
  ['const now = Date[`now`]();', 'date'],
  ['const { now } = Date; now();', 'hidden'],
  ['const Clock = Date; new Clock();', 'hidden'],
  ['const { random } = Math; random();', 'hidden'],
  ["const n = Math['random']();", 'global'],
  ["const name = 'random'; Math[name as 'random']();", 'hidden'],
  ['const size = process!.env;', 'global'],
  ['const now = (Date as { now(): number }).now();', 'hidden'],
  ['const now = (globalThis as { at?: number }).at;', 'global'],
  ['const all = { process };', 'global'],
  ['function wait(ms = performance.now()) { return ms; }', 'global'],
  ["const order = 'a'.localeCompare('b');", 'locale'],
  ['const text = (1234).toLocaleString();', 'locale'],
  ['async function f() { return 1; }', 'async'],
  ['const steps = { async run() { return 1; } };', 'async'],
  ['async function* f() { yield 1; }', 'async'],
  [
    'async function f(lock: AsyncDisposable) { await using held = lock; return held; }',
    'async',
    'async',
  ],
  ['const f = async () => 1;', 'async'],
  ['async function f() { await 1; }', 'async', 'async'],
  ['async function f(all) { for await (const one of all) one; }', 'async', 'async'],
];

tester.run('orchestrator-fence', orchestratorFence, {
  valid: good.map((code) => ({ code, filename, options })),
  invalid: bad.map(([code, ...messageIds]) => ({
    code,
    filename,
    options,
    errors: messageIds.map((messageId) => ({ messageId })),
  })),
});

tester.run('orchestrator-fence without imports', orchestratorFence, {
  valid: [
    {
      code: "import { z } from 'zod';",
      filename: join(projectDir, 'shared', 'domain', 'plan.ts'),
      options: [{ projectDir, codeOnly: true }],
    },
  ],
  invalid: [
    ['const now = Date.now();', 'date'],
    ["const late = import('../../tools/lint/counts.ts');", 'async'],
  ].map(([code, messageId]) => ({
    code: code ?? '',
    filename: join(projectDir, 'shared', 'domain', 'plan.ts'),
    options: [{ projectDir, codeOnly: true }],
    errors: [{ messageId: messageId ?? '' }],
  })),
});
