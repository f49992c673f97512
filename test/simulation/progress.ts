import cliProgress from 'cli-progress';
import type { Tally } from './tally.ts';

/** Shows how far the runs are. */
export interface Progress {
  show(tally: Tally, seconds: number): void;
  close(): void;
}

const plainSeconds = 10;
const shownSeeds = 8;

/** A bar in a terminal; a line now and then anywhere else. */
export function openProgress(stream: NodeJS.WriteStream, total: number): Progress {
  return stream.isTTY ? barProgress(stream, total) : lineProgress(stream, total);
}

function barProgress(stream: NodeJS.WriteStream, total: number): Progress {
  const bars = new cliProgress.MultiBar({
    stream,
    fps: 8,
    barsize: 32,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    gracefulExit: false,
    format: (options, { progress }, payload) =>
      ` ${cliProgress.Format.BarFormat(progress, options)} ${payload['line'] ?? ''}`,
  });
  const bar = bars.create(total, 0, { line: '' });
  return {
    show: (tally, seconds) => {
      bar.update(tally.runs, { line: lineOf(tally, total, seconds) });
    },
    close: () => {
      bars.update();
      bars.stop();
    },
  };
}

function lineProgress(stream: NodeJS.WriteStream, total: number): Progress {
  let shownSeconds = 0;
  return {
    show: (tally, seconds) => {
      if (seconds - shownSeconds < plainSeconds) return;
      shownSeconds = seconds;
      stream.write(`${lineOf(tally, total, seconds)}\n`);
    },
    close: () => undefined,
  };
}

function lineOf({ runs, migrations, failed }: Tally, total: number, seconds: number): string {
  const perSecond = runs / Math.max(seconds, 0.001);
  // Whoever watches need not wait for the end to look at one.
  const seeds =
    failed.length === 0
      ? ''
      : `: ${failed
          .slice(0, shownSeeds)
          .map(({ seed }) => seed)
          .join(', ')}${failed.length > shownSeeds ? ', …' : ''}`;
  return `${String(runs)} of ${String(total)} runs, ${perSecond.toFixed(1)} a second, ${String(migrations)} migrations, ${String(failed.length)} with broken promises${seeds}`;
}
