import type { RunResult } from './simulateRun.ts';

/** The sum of many runs. */
export class Tally {
  runs = 0;
  migrations = 0;
  calls = 0;
  readonly failed: RunResult[] = [];
  readonly coverage = new Map<string, number>();

  add(result: RunResult): void {
    this.runs += 1;
    this.migrations += result.migrations;
    this.calls += result.calls;
    if (result.broken.length > 0) this.failed.push(result);
    for (const [what, count] of result.coverage)
      this.coverage.set(what, (this.coverage.get(what) ?? 0) + count);
  }

  /** The counts of one kind of coverage: the parts of its name after the kind, and how often. */
  of(kind: string): { readonly parts: readonly string[]; readonly count: number }[] {
    return [...this.coverage]
      .filter(([what]) => what.startsWith(`${kind}|`))
      .map(([what, count]) => ({ parts: what.split('|').slice(1), count }));
  }
}
