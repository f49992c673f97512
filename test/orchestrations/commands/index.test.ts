import { expect, it } from 'vitest';
import { commandDefinitions } from '../../../orchestrations/commands/index.ts';
import { commandKindSchema, runKinds } from '../../../shared/contracts/command.ts';

const kinds = commandKindSchema.options;

it('a SharePoint migration has nobody to add, write to or hold, and no jobs to delete', () => {
  expect(
    kinds.filter((kind) => !commandDefinitions[kind].appliesTo.includes('sharePoint')).toSorted(),
  ).toEqual(['addTasks', 'deleteJobs', 'revalidate', 'updateTask']);
});

it('the kinds that start a run state which one', () => {
  expect(kinds.filter((kind) => commandDefinitions[kind].run !== undefined)).toEqual(runKinds);
});

it('no two kinds have the same route', () => {
  const routes = kinds.map((kind) => {
    const { method = 'POST', path } = commandDefinitions[kind].route;
    return `${method} ${path}`;
  });
  expect(new Set(routes).size).toBe(kinds.length);
});
