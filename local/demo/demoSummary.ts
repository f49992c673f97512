import type { OutcomeCounts } from '../../shared/contracts/outcome.ts';
import type { MigrationDetail } from './apiClient.ts';

/** What `--json` prints. */
export interface DemoSummary {
  readonly migrations: readonly {
    readonly id: string;
    readonly name: string;
    readonly kind: string;
    readonly phase: string;
    readonly tasks: OutcomeCounts;
  }[];
}

/** The counts per migration, as programs read them. */
export function demoSummary(migrations: readonly MigrationDetail[]): DemoSummary {
  return {
    migrations: migrations.map(({ id, name, kind, phase, counts }) => ({
      id,
      name,
      kind,
      phase,
      tasks: counts,
    })),
  };
}
