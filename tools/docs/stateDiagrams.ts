import { batchStates, inEveryState } from '../../shared/domain/batchStates.ts';
import { creationStates, creationTransitions } from '../../shared/domain/sharePointCreation.ts';

/** A state machine of the app. `[*]` is its start and its end. */
export interface StateMachine {
  /** The name in the markers of the page. */
  readonly name: string;
  readonly states: readonly { readonly name: string; readonly does: string }[];
  readonly transitions: readonly {
    readonly from: string;
    readonly to: string;
    readonly label: string;
  }[];
}

/** The state machines with a diagram in docs/architecture.md. */
export const stateMachines: readonly StateMachine[] = [batchChain(), sharePointCreation()];

function batchChain(): StateMachine {
  const targetOf = (to: string): string => (to === 'ended' ? '[*]' : to);
  const transitionsOf = (from: string, on: object): StateMachine['transitions'] =>
    Object.entries(on).map(([label, to]) => ({ from, to: targetOf(String(to)), label }));
  const everyState = 'everyState';
  return {
    name: 'batch',
    states: [
      ...Object.entries(batchStates).map(([name, { does }]) => ({ name, does })),
      { name: everyState, does: 'any of the states' },
    ],
    transitions: [
      { from: '[*]', to: 'start', label: '' },
      ...Object.entries(batchStates).flatMap(([from, { on }]) => transitionsOf(from, on)),
      ...transitionsOf(everyState, inEveryState),
    ],
  };
}

function sharePointCreation(): StateMachine {
  return {
    name: 'sharePointCreation',
    states: Object.entries(creationStates).map(([name, does]) => ({ name, does })),
    transitions: [
      { from: '[*]', to: 'unsent', label: '' },
      ...creationTransitions.map(({ from, on, to }) => ({ from, to, label: on })),
      ...['created', 'ended', 'queued'].map((from) => ({ from, to: '[*]', label: '' })),
    ],
  };
}

/** Returns a state machine as a Mermaid diagram. Transitions between the same states are joined. */
export function stateDiagram({ states, transitions }: StateMachine): string {
  const labels = new Map<string, string[]>();
  for (const { from, to, label } of transitions) {
    const arrow = `${from} --> ${to}`;
    labels.set(arrow, [...(labels.get(arrow) ?? []), ...(label === '' ? [] : [label])]);
  }
  return [
    'stateDiagram-v2',
    ...states.map(({ name, does }) => `state "${name}: ${does}" as ${name}`),
    ...[...labels].map(([arrow, all]) =>
      all.length === 0 ? arrow : `${arrow}: ${all.join(', ')}`,
    ),
  ].join('\n  ');
}

/**
 * Returns a page with the diagram of each state machine between its markers,
 * `<!-- states: NAME -->` and `<!-- end of states -->`.
 */
export function withStateDiagrams(page: string, machines: readonly StateMachine[]): string {
  return machines.reduce((text, machine) => {
    const begin = `<!-- states: ${machine.name} -->`;
    const end = '<!-- end of states -->';
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`the page has no markers ${begin} and ${end}`);
    const diagram = `\n\n\`\`\`mermaid\n${stateDiagram(machine)}\n\`\`\`\n\n`;
    return `${text.slice(0, from + begin.length)}${diagram}${text.slice(to)}`;
  }, page);
}
