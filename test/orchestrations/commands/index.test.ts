import { expect, it } from 'vitest';
import { commandDefinitions } from '../../../orchestrations/commands/index.ts';
import { commandKindSchema, runKinds } from '../../../shared/contracts/command.ts';
import { usersEffects } from '../../../shared/domain/usersEffects.ts';

const kinds = commandKindSchema.options;

it('a SharePoint migration has nobody to add, write to or hold, and no jobs to delete', () => {
  expect(
    kinds.filter((kind) => !commandDefinitions[kind].appliesTo.includes('sharePoint')).toSorted(),
  ).toEqual(['addTasks', 'deleteJobs', 'revalidate', 'updateTask']);
});

it('the kinds that start a run state which one', () => {
  expect(kinds.filter((kind) => commandDefinitions[kind].run !== undefined)).toEqual(runKinds);
});

it('the kinds that batches execute state what they do to each kind of batch', () => {
  const executed = kinds.filter((kind) => {
    const definition = commandDefinitions[kind];
    return 'accept' in definition && !('immediateResult' in definition) && !('run' in definition);
  });
  const of = (migrationKind: 'users' | 'sharePoint') =>
    executed.filter((kind) => commandDefinitions[kind].appliesTo.includes(migrationKind));
  expect(kinds.filter((kind) => usersEffects[kind] !== undefined)).toEqual(of('users'));
  expect(
    kinds.filter((kind) => commandDefinitions[kind].executeForSharePoint !== undefined),
  ).toEqual(of('sharePoint'));
});

it('no two kinds have the same route', () => {
  const routes = kinds.map((kind) => {
    const { method = 'POST', path } = commandDefinitions[kind].route;
    return `${method} ${path}`;
  });
  expect(new Set(routes).size).toBe(kinds.length);
});
