import { readFileSync, writeFileSync } from 'node:fs';
import { errorsPage } from './errorsPage.ts';
import { stateMachines, withStateDiagrams } from './stateDiagrams.ts';

// Generates docs/errors.md from the error catalogue, and the diagrams in docs/architecture.md from
// the tables of states.
const architecture = new URL('../../docs/architecture.md', import.meta.url);
writeFileSync(new URL('../../docs/errors.md', import.meta.url), errorsPage());
writeFileSync(architecture, withStateDiagrams(readFileSync(architecture, 'utf8'), stateMachines));
