/** The levels of the Functions worker's protocol, in order of weight. */
export const logLevels = [
  'trace',
  'debug',
  'information',
  'warning',
  'error',
  'critical',
  'none',
] as const;
export type LogLevel = (typeof logLevels)[number];

/** Reads a level of host.json or of the app, whatever its case; undefined when there is no such level. */
export function parseLogLevel(text: string): LogLevel | undefined {
  return logLevels.find((level) => level === text.toLowerCase());
}

/**
 * The host's log: one `[instant] message` per entry, as Core Tools prints it. What is too light for its category, by
 * `logging.logLevel` of host.json (longest matching prefix, `default` for the rest), is left out.
 */
export class HostLog {
  readonly #write: (text: string) => void;
  readonly #limits = new Map<string, LogLevel>();
  readonly #chosen = new Map<string, LogLevel>();

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Sets the least level per category prefix; the key `default` is for all others. */
  configure(levels: ReadonlyMap<string, LogLevel>): void {
    this.#chosen.clear();
    for (const [category, level] of levels) this.#limits.set(category.toLowerCase(), level);
  }

  /** Writes an entry, if its category is logged at this level. */
  entry(category: string, level: LogLevel, message: string): void {
    if (level === 'none' || logLevels.indexOf(level) < logLevels.indexOf(this.#limit(category)))
      return;
    this.#write(`[${new Date().toISOString()}] ${message}\n`);
  }

  /** Writes text as it stands. */
  plain(text: string): void {
    this.#write(text);
  }

  #limit(category: string): LogLevel {
    const known = this.#chosen.get(category);
    if (known !== undefined) return known;
    const lower = category.toLowerCase();
    let found: LogLevel = this.#limits.get('default') ?? 'information';
    let length = -1;
    for (const [prefix, level] of this.#limits) {
      if (prefix.length > length && (lower === prefix || lower.startsWith(`${prefix}.`)))
        [found, length] = [level, prefix.length];
    }
    this.#chosen.set(category, found);
    return found;
  }
}
