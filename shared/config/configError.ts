/** The environment is wrong: the message lists every bad setting, one a line, and never shows a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly { readonly setting: string; readonly message: string }[];

  constructor(problems: ConfigError['problems']) {
    super(
      [
        'The configuration is wrong:',
        ...problems.map(({ setting, message }) => `  ${setting}: ${message}`),
      ].join('\n'),
    );
    this.problems = problems;
  }
}
