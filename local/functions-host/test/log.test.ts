import { describe, expect, it } from 'vitest';
import { errorText } from '../errors.ts';
import { HostLog, type LogLevel } from '../log.ts';

function logged(
  levels: Record<string, LogLevel>,
  entries: readonly (readonly [string, LogLevel, string])[],
): string[] {
  const lines: string[] = [];
  const log = new HostLog((text) => lines.push(text));
  log.configure(new Map(Object.entries(levels)));
  for (const [category, level, message] of entries) log.entry(category, level, message);
  return lines.map((line) => line.replace(/^\[[^\]]+\] /, '').trimEnd());
}

describe('the host’s log', () => {
  const entries = [
    ['Function.a', 'information', 'a starts'],
    ['Function.a.User', 'debug', 'a debugs'],
    ['Function.b', 'information', 'b starts'],
    ['Host', 'warning', 'host warns'],
  ] as const;

  it('has entries of level information and above by default', () => {
    expect(logged({}, entries)).toEqual(['a starts', 'b starts', 'host warns']);
  });

  it('uses the level of the longest matching category, in any case', () => {
    expect(
      logged({ default: 'error', Function: 'warning', 'function.A': 'debug' }, entries),
    ).toEqual(['a starts', 'a debugs']);
    expect(logged({ default: 'none' }, entries)).toEqual([]);
  });
});

describe('the text of an error', () => {
  it('is the error inside the state that a failed orchestrator throws', () => {
    expect(
      errorText(
        new Error('false\n\n$OutOfProcData$:{"isDone":false,"actions":[[]],"error":"no disk"}'),
      ),
    ).toBe('no disk');
  });

  it('is the stack of an Error, and a note with the value for other thrown values', () => {
    expect(errorText(new TypeError('bad'))).toMatch(/^TypeError: bad\n {4}at /);
    expect(errorText('bad')).toBe('a value that is not an Error was thrown: bad');
  });
});
