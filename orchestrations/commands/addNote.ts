import { z } from 'zod';
import { commandBodySchema } from '../../shared/contracts/command.ts';
import { isPlainLines, notPlainText } from '../../shared/contracts/text.ts';
import type { CommandDefinition } from './commandDefinition.ts';

/** Adds a note to the audit trail of a migration, in any phase. It changes nothing else. */
export const addNote: CommandDefinition = {
  route: {
    name: 'addMigrationNote',
    path: 'notes',
    summary: 'Add a note to the audit trail of a migration',
  },
  role: 'Migrations.Submit',
  appliesTo: ['users', 'sharePoint'],
  body: z
    .strictObject({
      note: z
        .string()
        .trim()
        .min(1, 'must not be empty')
        .max(1_000)
        .refine(isPlainLines, notPlainText),
      by: commandBodySchema.shape.by,
    })
    .meta({ id: 'NoteBody', description: 'The text of the note, and who wrote it.' })
    // The event of a command has its reason as the detail.
    .transform(({ note, by }) => ({ by, reason: note })),
  isAcceptedAfterEnd: true,
  immediateResult: () => ({ verdict: 'applied', detail: 'the note is in the audit trail' }),
};
