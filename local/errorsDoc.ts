import { writeFileSync } from 'node:fs';
import { errorsPage } from './docs/errorsPage.ts';

// Writes docs/errors.md anew from the catalogue.
writeFileSync(new URL('../docs/errors.md', import.meta.url), errorsPage());
