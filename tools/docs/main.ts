import { writeFileSync } from 'node:fs';
import { errorsPage } from './errorsPage.ts';

// Generates docs/errors.md from the error catalogue.
writeFileSync(new URL('../../docs/errors.md', import.meta.url), errorsPage());
