import type { BatchPhase } from '../../shared/contracts/phase.ts';
import { batchNote, phaseText } from './phaseProgress.ts';
import type { ProgressView, Snapshot } from './progressView.ts';
import { virtualDate } from './virtualTime.ts';

/** Progress where there is no terminal: one line whenever a batch is found in another phase. */
export class PlainProgress implements ProgressView {
  readonly #write: (line: string) => void;
  readonly #phases = new Map<string, BatchPhase>();

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  show({ atMs, migrations }: Snapshot): void {
    for (const { name, batches } of migrations) {
      for (const batch of batches) {
        const label = `${name} ${batch.batchId}`;
        if (this.#phases.get(label) === batch.phase) continue;
        this.#phases.set(label, batch.phase);
        this.#write(
          `${virtualDate(atMs)}  ${label}  ${phaseText(batch.phase)}  ${batchNote(batch)}`,
        );
      }
    }
  }

  note(line: string): void {
    this.#write(line);
  }

  close(): void {
    // Every line is out already.
  }
}
