import { describe, expect, it } from 'vitest';
import {
  type CommandBatch,
  type CommandExecution,
  type Interpreted,
  interpretCommands,
} from '../../../orchestrations/commands/interpretCommands.ts';

interface Command {
  readonly name: string;
  readonly isUnconfirmed: boolean;
  readonly execution: CommandExecution;
}

const open = (name: string, execution: CommandExecution): Command => ({
  name,
  isUnconfirmed: false,
  execution,
});
const unconfirmed = (name: string, execution: CommandExecution): Command => ({
  ...open(name, execution),
  isUnconfirmed: true,
});
const applied = { verdict: 'applied', detail: '' } as const;
const unseen = { verdict: 'unconfirmed', detail: '' } as const;
const postponed = { verdict: 'postponed', askedSeconds: 0, retrySeconds: 15 } as const;

function interpret(
  commands: readonly Command[],
  holdsUp: CommandBatch<Command, string, unknown>['holdsUp'] = () => false,
): { readonly steps: readonly string[]; readonly interpreted: Interpreted } {
  const steps = interpretCommands<Command, string, unknown>({
    commands,
    *execute({ name, execution }) {
      yield `execute ${name}`;
      return execution;
    },
    *record({ name }, { verdict }) {
      yield `${name} is ${verdict}`;
    },
    holdsUp,
  });
  const seen: string[] = [];
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) seen.push(step.value);
  return { steps: seen, interpreted: step.value };
}

describe('the interpreter of commands', () => {
  it('executes each command and records its result before the next one', () => {
    expect(interpret([open('a', applied), open('b', unseen)])).toEqual({
      steps: ['execute a', 'a is applied', 'execute b', 'b is unconfirmed'],
      interpreted: { waitSeconds: null, askedSeconds: 0, isPostponed: false, isUnconfirmed: true },
    });
  });

  it('records nothing for a command that is postponed or still unconfirmed', () => {
    const commands = [
      open('a', postponed),
      unconfirmed('b', unseen),
      unconfirmed('c', postponed),
      unconfirmed('d', applied),
    ];
    expect(interpret(commands)).toEqual({
      steps: ['execute a', 'execute b', 'execute c', 'execute d', 'd is applied'],
      interpreted: { waitSeconds: 15, askedSeconds: 0, isPostponed: true, isUnconfirmed: true },
    });
  });

  it('asks only about commands that wait whether they hold up a later one', () => {
    const commands = [
      open('a', applied),
      open('b', postponed),
      open('c', { ...unseen, askedSeconds: 40 }),
      open('d', applied),
    ];
    const asked: string[] = [];
    interpret(commands, (earlier, _execution, later) => {
      asked.push(`${earlier.name} ${later.name}`);
      return false;
    });
    expect(asked).toEqual(['b c', 'b d', 'c d']);
  });

  it('does not execute a command that an earlier one holds up', () => {
    const { steps } = interpret(
      [open('a', postponed), open('a', applied), open('b', applied)],
      (earlier, _execution, later) => earlier.name === later.name,
    );
    expect(steps).toEqual(['execute a', 'execute b', 'b is applied']);
  });

  it('waits as long as Graph asks for, at the least the wait of the command', () => {
    expect(
      interpret([
        open('a', { ...postponed, askedSeconds: 4 }),
        open('b', { verdict: 'postponed', askedSeconds: 0 }),
      ]).interpreted,
    ).toMatchObject({ waitSeconds: 15, askedSeconds: 4 });
    expect(interpret([open('a', { ...unseen, askedSeconds: 90 })]).interpreted).toEqual({
      waitSeconds: 90,
      askedSeconds: 90,
      isPostponed: false,
      isUnconfirmed: true,
    });
    expect(
      interpret([open('a', { verdict: 'postponed', askedSeconds: 0 })]).interpreted.waitSeconds,
    ).toBe(0);
  });
});
