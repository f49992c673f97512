import { globSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findRetiredWords } from './find.ts';

const usage = `Usage: npm run lint:words -- [--json] [FILE or FOLDER …]

Lists the retired words in the deployed code, with what to write instead. Exits 1 when there are any.

  --json    the findings, and how many there are of each word, as JSON
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
});
if (values.help === true) {
  process.stdout.write(usage);
  process.exit(0);
}
const where = positionals.length > 0 ? positionals : ['functions', 'orchestrations', 'shared'];
const files = where.flatMap((path) =>
  path.endsWith('.ts') ? [path] : globSync(`${path}/**/*.ts`),
);
const findings = files
  .sort()
  .flatMap((file) => findRetiredWords(file.replaceAll('\\', '/'), readFileSync(file, 'utf8')));

const counts = new Map<string, number>();
for (const { word } of findings) counts.set(word, (counts.get(word) ?? 0) + 1);
const sorted = [...counts].sort(([, a], [, b]) => b - a);

if (values.json) {
  process.stdout.write(
    `${JSON.stringify({ count: findings.length, counts: Object.fromEntries(sorted), findings }, null, 2)}\n`,
  );
} else if (findings.length > 0) {
  for (const { file, line, word, found, advice } of findings)
    process.stdout.write(`${file}:${String(line)}  ${word} in "${found}" → ${advice}\n`);
  process.stdout.write(`\n${String(findings.length)} retired words:\n`);
  for (const [word, count] of sorted)
    process.stdout.write(`${String(count).padStart(6)}  ${word}\n`);
}
process.exitCode = findings.length > 0 ? 1 : 0;
