import { describe, expect, it } from 'vitest';
import { lineCount, longLines, wordCount } from '../../../tools/budgets/source.ts';

const a = (count: number): string => 'a'.repeat(count);

describe('lineCount', () => {
  it.each([
    ['', 0],
    ['a', 1],
    ['a\n', 1],
    ['a\n\nb\n', 3],
  ])('of %j is %i', (text, count) => {
    expect(lineCount(text)).toBe(count);
  });
});

describe('longLines', () => {
  it.each([
    `const ${a(120)} = 1;`,
    `// ${a(100)}`,
    `/**\n * ${a(100)}\n */`,
    `f('short'); // ${a(100)}`,
  ])('finds a line of code or prose: %s', (line) => {
    const before = line.startsWith('/**') ? 2 : 1;
    expect(longLines(`const ok = 1;\n${line}\n`, 100)).toEqual([before + 1]);
  });

  it.each([
    `f('${a(200)}', "${a(200)}");`,
    `const pattern = /${a(200)}/u;`,
    `// https://example.com/${a(200)}`,
    `const text = \`${a(200)}\${value}${a(200)}\n${a(200)}\`;`,
    `const text = \`\${String(${a(60)})}\${String(${a(60)})}\`;`,
    `f(${a(96)});`,
  ])('leaves what a formatter cannot break: %s', (line) => {
    expect(longLines(`${line}\n`, 100)).toEqual([]);
  });

  it('keeps the count of lines across a template of several', () => {
    expect(longLines(`const text = \`\n\n\`;\n// ${a(100)}\n`, 100)).toEqual([4]);
  });
});

describe('wordCount', () => {
  it('counts prose, headings and tables, but no code block, sign or address', () => {
    const markdown = [
      '# A title',
      '',
      'Two words — [a link](https://example.com/a/b).',
      '',
      '```sh',
      'npm run demo # much code',
      '```',
      '',
      '| one | two |',
      '| --- | --- |',
    ].join('\n');
    expect(wordCount(markdown)).toBe(8);
  });
});
