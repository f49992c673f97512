/** The log levels of the Functions worker's protocol, the least severe first. */
const logLevels = [
  'trace',
  'debug',
  'information',
  'warning',
  'error',
  'critical',
  'none',
] as const;
/** A log level of the Functions worker's protocol. */
export type LogLevel = (typeof logLevels)[number];

/**
 * Parses a level of host.json or of the app, in any case; undefined when there is no such level.
 */
export function parseLogLevel(text: string): LogLevel | undefined {
  return logLevels.find((level) => level === text.toLowerCase());
}

/**
 * Writes the host's log: one `[instant] message` for each entry, as Core Tools prints it. Omits
 * entries below the level of their category in `logging.logLevel` of host.json (the longest
 * matching prefix, or `default`).
 */
export class HostLog {
  readonly #write: (text: string) => void;
  readonly #configured = new Map<string, LogLevel>();
  readonly #resolved = new Map<string, LogLevel>();

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /**
   * Sets the minimum level for each category prefix. The key `default` is for all other categories.
   */
  configure(levels: ReadonlyMap<string, LogLevel>): void {
    this.#resolved.clear();
    for (const [category, level] of levels) this.#configured.set(category.toLowerCase(), level);
  }

  /** Writes an entry if its category is logged at this level. */
  entry(category: string, level: LogLevel, message: string): void {
    if (level === 'none' || logLevels.indexOf(level) < logLevels.indexOf(this.#minimum(category)))
      return;
    this.#write(`[${new Date().toISOString()}] ${message}\n`);
  }

  /** Writes text unchanged. */
  plain(text: string): void {
    this.#write(text);
  }

  #minimum(category: string): LogLevel {
    const known = this.#resolved.get(category);
    if (known !== undefined) return known;
    const lower = category.toLowerCase();
    let found: LogLevel = this.#configured.get('default') ?? 'information';
    let length = -1;
    for (const [prefix, level] of this.#configured) {
      if (prefix.length > length && (lower === prefix || lower.startsWith(`${prefix}.`)))
        [found, length] = [level, prefix.length];
    }
    this.#resolved.set(category, found);
    return found;
  }
}
