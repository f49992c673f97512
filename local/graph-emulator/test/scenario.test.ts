import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDir } from '../../../test/local/temporaryDir.ts';
import { readScenario, ScenarioError, scenarioSchema } from '../scenario.ts';
import { day, startMs, TestGraph, userId } from './testGraph.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryDir();
});

function read(content: unknown): unknown {
  const file = join(folder, 'scenario.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readScenario(file);
}

describe('a scenario file', () => {
  it('may be empty: everything has a default', () => {
    expect(read({})).toEqual(scenarioSchema.parse({}));
    expect(read({})).toMatchObject({
      targetTenantId: '99999999-8888-7777-6666-555555555555',
      sourceTenantIds: ['11111111-2222-3333-4444-555555555555'],
      pageSize: 20,
    });
  });

  it.each([
    ['an unknown member', { seeds: 1 }, /seeds/],
    ['an unknown switch', { switches: { turbo: true } }, /switches.*turbo/s],
    [
      'a range upside down',
      { timings: { sync: { min: 2, max: 1 } } },
      /timings\.sync: min must not be above max/,
    ],
    ['a user without a GUID', { users: [{ id: 'lee' }] }, /users\.0\.id/],
    [
      'a fault without a code',
      { users: [{ id: userId(1), invalid: [{ workload: 'Teams' }] }] },
      /users\.0\.invalid\.0\.code/,
    ],
    [
      'a workload that does not exist',
      { users: [{ id: userId(1), failed: [{ workload: 'Yammer', code: 'X' }] }] },
      /users\.0\.failed\.0\.workload/,
    ],
    [
      'a decree on no job',
      { jobs: [{ stuckIn: 'inProgress' }] },
      /jobs\.0: give displayName or user/,
    ],
    [
      'a name that is no expression',
      { jobs: [{ displayName: '(', fails: true }] },
      /jobs\.0\.displayName: is not a regular expression/,
    ],
    [
      'a SharePoint source that is no expression',
      { sharePoint: { sources: [{ source: '(' }] } },
      /sharePoint\.sources\.0\.source: is not a regular expression/,
    ],
    [
      'a SharePoint switch that does not exist',
      { sharePoint: { switches: { turbo: true } } },
      /sharePoint\.switches.*turbo/s,
    ],
    [
      'a status that no job can be kept in',
      { jobs: [{ displayName: 'x', stuckIn: 'completed' }] },
      /jobs\.0\.stuckIn/,
    ],
  ])('is refused for %s, by name', (_what, content, message) => {
    expect(() => read(content)).toThrow(ScenarioError);
    expect(() => read(content)).toThrow(message);
  });

  it('is refused when it is not JSON or not there', () => {
    expect(() => read('{')).toThrow(/cannot be read/);
    expect(() => readScenario(join(folder, 'none.json'))).toThrow(/none\.json cannot be read/);
  });
});

describe('the page on scenarios', () => {
  const page = readFileSync(new URL('../../../docs/graph-emulator.md', import.meta.url), 'utf8');

  it('has an example that is accepted', () => {
    const example = /```json\n([^]*?)```/.exec(page)?.[1];
    expect(read(example)).toMatchObject({
      seed: 7,
      timings: { token: 86_400 },
      switches: { maxUsersPerJob: 2_000 },
    });
  });

  it('has an example for SharePoint that is accepted', () => {
    const example = /```json\n([^`]*"sharePoint"[^]*?)```/.exec(page)?.[1];
    expect(read(example)).toMatchObject({
      sharePoint: {
        timings: { move: { min: 600, max: 1_200 } },
        switches: { unpaddedMonths: true },
      },
    });
  });

  it('names every member, timing and switch', () => {
    const { switches, timings, ...members } = scenarioSchema.parse({});
    for (const name of [switches, timings, members].flatMap((part) => Object.keys(part)))
      expect(page).toContain(`\`${name}`);
    for (const name of Object.keys(members.sharePoint.timings))
      expect(page).toContain(`\`timings.${name}\``);
    for (const name of Object.keys(members.sharePoint.switches))
      expect(page).toMatch(new RegExp(`\\n\\| \`${name}\` +\\|`));
  });
});

describe('what a scenario leaves open', () => {
  async function course(seed: number): Promise<string> {
    const graph = new TestGraph({ scenario: { seed, timings: undefined } });
    const id = await graph.validated();
    const passed = (await graph.get(`/${id}`)).text.replaceAll(id, 'id');
    graph.clock.advance(day);
    await graph.act(id, 'migrate');
    graph.clock.advance(day * 0.8);
    return `${passed}${(await graph.get(`/${id}/users`)).text.replaceAll(id, 'id')}`;
  }

  it('is drawn by the seed: the same again, another with another', async () => {
    expect(await course(3)).toBe(await course(3));
    const courses = await Promise.all([1, 2, 3, 4, 5].map((seed) => course(seed)));
    expect(new Set(courses).size).toBeGreaterThan(1);
  });

  it('takes minutes to validate, hours to sync and an hour or two to cut over', async () => {
    const graph = new TestGraph({ scenario: { timings: undefined } });
    const id = await graph.created();
    await graph.act(id, 'validate');
    graph.advanceTo(startMs + 4 * 60_000);
    expect(await graph.status(id)).toMatch(/^validate(Processing|InProgress)$/);
    graph.advanceTo(startMs + 26 * 60_000);
    expect(await graph.status(id)).toBe('validatePassed');
    await graph.act(id, 'migrate');
    graph.advanceTo(startMs + 2 * day + 25 * 60_000);
    expect(await graph.status(id)).toBe('cuttingOver');
    graph.advanceTo(startMs + 2 * day + 2 * 3_600_000);
    expect(await graph.status(id)).toBe('completed');
  });
});
