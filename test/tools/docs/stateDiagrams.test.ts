import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  stateDiagram,
  type StateMachine,
  stateMachines,
  withStateDiagrams,
} from '../../../tools/docs/stateDiagrams.ts';

const lamp: StateMachine = {
  name: 'lamp',
  states: [
    { name: 'off', does: 'is dark' },
    { name: 'on', does: 'shines' },
  ],
  transitions: [
    { from: '[*]', to: 'off', label: '' },
    { from: 'off', to: 'on', label: 'pressed' },
    { from: 'off', to: 'on', label: 'pulled' },
    { from: 'on', to: '[*]', label: 'broken' },
  ],
};

it('docs/architecture.md has the state machines as they stand; `npm run docs` writes them anew', () => {
  const page = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
  expect(page).toBe(withStateDiagrams(page, stateMachines));
});

it('draws every state, and one arrow for all transitions between two states', () => {
  expect(stateDiagram(lamp).split('\n')).toEqual([
    'stateDiagram-v2',
    '  state "off: is dark" as off',
    '  state "on: shines" as on',
    '  [*] --> off',
    '  off --> on: pressed, pulled',
    '  on --> [*]: broken',
  ]);
});

it('changes only what is between the markers', () => {
  const page = 'before\n<!-- states: lamp -->\nold\n<!-- end of states -->\nafter\n';
  const written = withStateDiagrams(page, [lamp]);
  expect(written).toBe(
    `before\n<!-- states: lamp -->\n\n\`\`\`mermaid\n${stateDiagram(lamp)}\n\`\`\`\n\n<!-- end of states -->\nafter\n`,
  );
  expect(withStateDiagrams(written, [lamp])).toBe(written);
  expect(() => withStateDiagrams('no markers', [lamp])).toThrow('<!-- states: lamp -->');
});
