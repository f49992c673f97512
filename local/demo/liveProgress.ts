import { styleText } from 'node:util';
import cliProgress, {
  type MultiBar,
  type Options,
  type Payload,
  type SingleBar,
} from 'cli-progress';
import type { Batch } from '../../shared/contracts/migration.ts';
import type { ListedTask } from '../../shared/contracts/responses.ts';
import { isFinalPhase } from '../../shared/domain/outcomes.ts';
import type { MigrationDetail } from './apiClient.ts';
import {
  batchNote,
  type BatchProgress,
  batchProgress,
  phaseStep,
  phaseStepCount,
  phaseText,
  type ProgressView,
  type Snapshot,
} from './progress.ts';
import { realSpanText, spanText, virtualDate } from './virtualTime.ts';

const framesPerSecond = 12;
const nameWidth = 27;
const phaseWidth = 'completed with errors'.length;

const text = (payload: Payload, name: string): string => payload[name] ?? '';
const lineOptions: Options = { format: (_options, _params, payload) => text(payload, 'line') };
const batchOptions: Options = {
  format: (options, { progress }, payload) => {
    const phase = text(payload, 'phase');
    const colour = phaseColour(phase);
    const bar = styleText(colour, cliProgress.Format.BarFormat(progress, options));
    return `${text(payload, 'label')} ${bar} ${styleText(colour, phaseText(phase).padEnd(phaseWidth))} ${text(payload, 'note')}`;
  },
};

/** Returns the label of a migration with one batch, which takes one line. */
function singleBatchLabel(name: string): string {
  return ` ${styleText('bold', name.length > nameWidth ? `${name.slice(0, nameWidth - 1)}…` : name.padEnd(nameWidth))}`;
}

/** Shows progress in a terminal: the stack's clock, and a bar for each batch of each migration. */
export class LiveProgress implements ProgressView {
  readonly #bars: MultiBar;
  readonly #clock: SingleBar;
  readonly #startMs: number;
  readonly #realStartMs = performance.now();
  readonly #batches = new Map<
    string,
    { readonly bar: SingleBar; readonly label: string; step: number }
  >();

  constructor(stream: NodeJS.WritableStream, startMs: number) {
    this.#startMs = startMs;
    this.#bars = new cliProgress.MultiBar({
      stream,
      fps: framesPerSecond,
      barsize: 24,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      gracefulExit: false,
    });
    this.#clock = this.#bars.create(1, 0, { line: this.#clockLine(startMs) }, lineOptions);
  }

  show({ atMs, migrations, tasks }: Snapshot): void {
    this.#clock.update(0, { line: this.#clockLine(atMs) });
    for (const migration of migrations)
      this.#showMigration(
        migration,
        tasks.filter(({ migrationId }) => migrationId === migration.id),
      );
  }

  note(line: string): void {
    this.#bars.log(` ${styleText('dim', line)}\n`);
  }

  close(): void {
    this.#bars.update();
    this.#bars.stop();
  }

  #showMigration(
    { id, name, taskCount, batchCount, validateOnly, batches }: MigrationDetail,
    tasks: readonly ListedTask[],
  ): void {
    const hasOneBatch = batchCount === 1;
    if (!this.#batches.has(`${id} b001`) && hasOneBatch) {
      const bar = this.#bars.create(
        phaseStepCount,
        0,
        { label: singleBatchLabel(name), phase: 'queued', note: '' },
        batchOptions,
      );
      this.#batches.set(`${id} b001`, { bar, label: singleBatchLabel(name), step: 0 });
    } else if (!this.#batches.has(`${id} b001`)) {
      const details = `${String(taskCount)} tasks${validateOnly ? ', validation only' : ''}`;
      this.#bars.create(
        1,
        0,
        { line: ` ${styleText('bold', name)}  ${styleText('dim', details)}` },
        lineOptions,
      );
      for (let index = 1; index <= batchCount; index += 1) {
        const batchId = `b${String(index).padStart(3, '0')}`;
        const bar = this.#bars.create(
          phaseStepCount,
          0,
          { label: `   ${batchId}`, phase: 'queued', note: '' },
          batchOptions,
        );
        this.#batches.set(`${id} ${batchId}`, { bar, label: `   ${batchId}`, step: 0 });
      }
    }
    for (const batch of batches) {
      const progress = batchProgress(
        batch.phase,
        tasks.filter(({ batchId }) => batchId === batch.batchId),
      );
      this.#showBatch(`${id} ${batch.batchId}`, batch, progress);
    }
  }

  #showBatch(key: string, batch: Batch, progress: BatchProgress | undefined): void {
    const shown = this.#batches.get(key);
    if (shown === undefined) return;
    // A batch that starts again without its invalid users returns to an earlier phase; its bar does not.
    const part = progress === undefined ? 0 : progress.done / progress.total;
    shown.step = Math.max(shown.step, phaseStep(batch.phase) + part);
    shown.bar.update(shown.step, {
      label: shown.label,
      phase: batch.phase,
      note: batchNote(batch, progress),
    });
  }

  #clockLine(atMs: number): string {
    const passed = `${spanText(atMs - this.#startMs)} in ${realSpanText(performance.now() - this.#realStartMs)}`;
    return ` ${styleText(['bold', 'cyan'], virtualDate(atMs))}  ${styleText('dim', passed)}`;
  }
}

function phaseColour(phase: string): 'green' | 'yellow' | 'red' | 'blue' | 'gray' {
  if (phase === 'completed') return 'green';
  if (phase === 'completedWithErrors') return 'yellow';
  if (isFinalPhase(phase)) return 'red';
  return phase === 'queued' ? 'gray' : 'blue';
}
