import { parseArgs } from 'node:util';
import { conformanceCases } from './cases.ts';
import { conformanceLine, conformanceTable } from './table/conformanceTable.ts';
import { isConformant, mergeResults, strayTests } from './table/mergeResults.ts';
import { runTests } from './table/runTests.ts';

// Test files may be named, to see one part of the table; whatever was not run is missing.
const { positionals } = parseArgs({ allowPositionals: true });
const { results, faults } = await runTests(positionals);
const rows = mergeResults(conformanceCases, results);
const strays = strayTests(conformanceCases, results);

process.stdout.write(`${conformanceTable(rows, process.stdout.columns || 120)}\n`);
for (const fault of faults) process.stdout.write(`${fault}\n`);
for (const stray of strays) process.stdout.write(`a test stands for no case: ${stray}\n`);
process.stdout.write(`${conformanceLine(rows)}\n`);
process.exitCode = isConformant(rows) && faults.length === 0 && strays.length === 0 ? 0 : 1;
