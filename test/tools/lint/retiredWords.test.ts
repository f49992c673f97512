import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { findRetiredWords } from '../../../tools/lint/retiredWords/find.ts';
import { temporaryDir } from '../../local/temporaryDir.ts';

const program = join(import.meta.dirname, '../../../tools/lint/retiredWords/main.ts');

/** What is found in a file of this text: `line word`. */
const found = (source: string, file = 'shared/domain/sample.ts'): readonly string[] =>
  findRetiredWords(file, source).map(({ line, word }) => `${String(line)} ${word}`);

describe('names', () => {
  it.each([
    ['const lastDigest = 1;', 'digest'],
    ['function obeyMoves() {}', 'obey', 'move'],
    ['interface GateInput { at: string }', 'gate'],
    ['type T = { keptRequests: number };', 'keep'],
    ['const o = { whenLeft: 1 };', 'left'],
    ['const { answer } = reply;', 'answer'],
    ['function f(isInDoubt: boolean) {}', 'doubt'],
    ['class Book { #slots = 1; }', 'book', 'slot'],
    ['const takeOverJob = 1;', 'take … over'],
    ['const letUserGo = 1;', 'let … go'],
    ["import { a as bell } from './a.ts';", 'bell'],
    ["const state = 'takenUp';", 'take … up'],
    ["const kinds = ['unsettled'];", 'settle'],
    ['const MAX_ROUNDS = 3;', 'round'],
  ])('%s', (source, ...words) => {
    expect(found(source)).toEqual(words.map((word) => `1 ${word}`));
  });

  it.each([
    "const sum = createHash('sha256').update(text).digest('hex');",
    'const n = Math.round(1.5); await Promise.allSettled([]);',
    'const agent = new Agent({ keepAlive: true });',
    "const code = 'MnASiteMoveIsInprogressOrFinished';",
    'interface Request { moveAgain?: boolean; validatePassed: string }',
    'const lookUpJob = 1; const background = 2; const propagate = 3; const string = 4;',
    "import { answer } from './answer.ts'; answer.digest;",
  ])('leaves %s alone', (source) => {
    expect(found(source)).toEqual([]);
  });

  it('are found in the path of the file', () => {
    expect(found('', 'orchestrations/sharePoint/validateMove.ts')).toEqual(['1 move']);
  });
});

describe('prose', () => {
  it.each([
    ['// Whoever asks first.', 'whoever'],
    ['// The row is released when he is in no job.', 'he'],
    ['// The job is taken\n// up again.', 'take … up'],
    ['// The run has ended. It carries\n  // all\n  // out.', 'carry … out'],
    ['/** Carries the commands out. */ const a = 1;', 'carry … out'],
    ['const a = 1; // takes it over', 'take … over'],
    ['/** The last look at a job. */ const a = 1;', 'look'],
    ['/** A slow answer. */ const a = 1;', 'answer'],
    ['/** The answers of Graph. */ const a = 1;', 'answer'],
    ['/** Ends each move. */ const a = 1;', 'move'],
    ["throw new Error('there is no room for it');", 'room'],
    ['const text = `${name} is settled`;', 'settle'],
    ['/** See `keepStatus`. */ const a = 1;', 'keep'],
  ])('%s', (source, ...words) => {
    expect(found(source)).toEqual(words.map((word) => `1 ${word}`));
  });

  it.each([
    '// You look at the page, and look the job up; the app moves users and may move them again.',
    '// The body is left out, one call is lost, and the others keep their place.',
    '// A group that may move passes the check; the route answers 409.',
    '// It takes up to ten seconds. Over there, nothing changes.',
    '// The move of a mailbox counts against the 4,000 queued moves.',
    "import { a } from './round/book.ts';",
    '// The gateway is around; the header and the string arrive.',
  ])('leaves %s alone', (source) => {
    expect(found(source)).toEqual([]);
  });

  it('is reported at its line, once', () => {
    const source = '/**\n * Reads the row.\n * Then rings the bell.\n */\nexport function f() {}\n';
    expect(found(source)).toEqual(['3 ring', '3 bell']);
  });
});

describe('the program', () => {
  const run = async (...args: readonly string[]): Promise<{ code: number; stdout: string }> => {
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [program, ...args]);
      return { code: 0, stdout };
    } catch (error) {
      return z.object({ code: z.number(), stdout: z.string() }).parse(error);
    }
  };

  it('lists the words with what to write instead, and fails', async () => {
    const dir = temporaryDir();
    mkdirSync(join(dir, 'inner'));
    writeFileSync(join(dir, 'inner', 'a.ts'), '\nconst gate = 1;\nconst gates = 2;\n');
    const { code, stdout } = await run(dir);
    expect(code).toBe(1);
    expect(stdout).toContain('inner/a.ts:2  gate in "gate" → checkpoint\n');
    expect(stdout).toContain('2 retired words:\n     2  gate\n');
    const json: unknown = JSON.parse((await run('--json', dir)).stdout);
    expect(json).toMatchObject({
      count: 2,
      counts: { gate: 2 },
      findings: [{ line: 2 }, { line: 3 }],
    });
  });

  it('says nothing of a file without any', async () => {
    const dir = temporaryDir();
    writeFileSync(join(dir, 'a.ts'), '/** Reads a row. */\nconst row = 1;\n');
    expect(await run(dir)).toEqual({ code: 0, stdout: '' });
  });
});
