import { z } from 'zod';
import { commandBodySchema } from '../../shared/contracts/command.ts';
import type { CommandDefinition } from './commandDefinition.ts';

/** Releases the batches that are held because of users who failed validation. */
export const revalidate: CommandDefinition = {
  route: {
    name: 'revalidateMigration',
    path: 'revalidate',
    summary: 'Validate held batches again, or continue without their invalid users',
    problems: ['nothingHeld'],
  },
  role: 'Migrations.Submit',
  appliesTo: ['users'],
  body: z
    .strictObject({
      ...commandBodySchema.shape,
      /** Whether users who are still invalid are left out, so that the others continue. */
      continueWithout: z.boolean().default(false),
    })
    .meta({
      id: 'RevalidateBody',
      description: 'Whether to continue without the users who are still invalid.',
    }),
  async accept({ migration, command }, { stores }) {
    const targets = (await stores.batches.list(migration.id))
      .filter(({ phase }) => phase === 'held')
      .map(({ batchId }) => batchId);
    if (targets.length === 0)
      return {
        kind: 'conflict',
        code: 'nothingHeld',
        detail: 'no batch is held because of users who failed validation',
      };
    return { kind: 'save', command: { ...command, targets } };
  },
};
