import { writeFileSync } from 'node:fs';
import { errorsPage } from './errorsPage.ts';

// Writes docs/errors.md anew from the catalogue.
writeFileSync(new URL('../../docs/errors.md', import.meta.url), errorsPage());
