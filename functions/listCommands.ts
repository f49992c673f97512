import { app } from '@azure/functions';
import type { CommandList } from '../shared/contracts/answers/commandList.ts';
import { answeredCommands } from '../shared/domain/answeredCommands.ts';
import { findMigration } from './findMigration.ts';
import { guard } from './guard.ts';
import type { Services } from './services.ts';

/** `GET /migrations/{id}/commands`: what was asked of a migration, oldest first, and what became of each. */
export function registerListCommands({ stores, ...access }: Services): void {
  app.http('listCommands', {
    route: 'migrations/{id}/commands',
    methods: ['GET'],
    ...guard(access, 'Migrations.Read', async (request) => {
      const found = await findMigration(request, stores);
      if (!found.ok) return found.problem;
      const list: CommandList = {
        value: answeredCommands(await stores.commands.book(found.migration.id)),
      };
      return { jsonBody: list };
    }),
  });
}
