import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../commandLine.ts';

describe('the command line', () => {
  it('takes the options of Core Tools, and names those without an effect', () => {
    expect(
      parseCommandLine(
        'host start --script-root app -p 7072 --enableAuth --cors * --functions one two --no-build --verbose -t 60'.split(
          ' ',
        ),
      ),
    ).toEqual({
      appDir: 'app',
      speed: 1,
      auth: true,
      port: 7072,
      cors: '*',
      functions: ['one', 'two'],
      ignoredOptions: ['no-build', 'verbose', 'timeout'],
    });
  });

  it.each([
    [['start', 'one'], "expected the command 'start', got 'start one'"],
    [['start', '--port', '70000'], '--port must be a number from 0 to 65535'],
    [['start', '--colour'], '--colour'],
  ])('%j is refused', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});
