import { virtualDate } from '../../../local/demo/virtualTime.ts';
import type { ProgrammeShape } from './programme.ts';
import type { RunProgress } from './runProgramme.ts';
import { wholeText } from './wholeText.ts';

const [terminalSeconds, plainSeconds] = [0.2, 10];

/**
 * Shows how far a programme is: one line over itself in a terminal, a line now and then anywhere else. It draws by itself,
 * because a library's timers would be the simulated ones.
 */
export function scaleProgress(
  stream: NodeJS.WriteStream,
  { users }: ProgrammeShape,
  startMs: number,
): (progress: RunProgress) => void {
  const startedMs = performance.now();
  const everySeconds = stream.isTTY ? terminalSeconds : plainSeconds;
  let shownSeconds = 0;
  return ({ nowMs, jobsInFlight, usersDone }) => {
    const seconds = (performance.now() - startedMs) / 1_000;
    const isOver = usersDone === users;
    if (seconds - shownSeconds < everySeconds && !isOver) return;
    shownSeconds = seconds;
    const speed = wholeText((nowMs - startMs) / 1_000 / seconds);
    const line = `${virtualDate(nowMs)}, ${speed} times as fast, ${wholeText(jobsInFlight)} jobs in flight, ${wholeText(usersDone)} of ${wholeText(users)} users done, ${wholeText(seconds)} s`;
    stream.write(stream.isTTY ? `\r\u001B[K${line}` : `${line}\n`);
  };
}
