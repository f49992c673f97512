/** One run of an orchestrator: what it was handed. */
export interface Turn {
  readonly instanceId: string;
  readonly name: string;
  readonly events: number;
  readonly bytes: number;
}

/** What one look at a job takes: the largest history of its runs, and all that they read together. */
export interface WakeUp {
  readonly events: number;
  readonly bytes: number;
  readonly bytesRead: number;
}

/** Groups the runs of an orchestrator by look: `startsLook` is true for the run that begins one. */
export function wakeUpsOf(
  turns: readonly Turn[],
  startsLook: (turn: Turn, index: number) => boolean,
): readonly WakeUp[] {
  const polls: WakeUp[] = [];
  turns.forEach((turn, index) => {
    const current = polls.at(-1);
    const { events, bytes } = turn;
    if (current === undefined || startsLook(turn, index))
      polls.push({ events, bytes, bytesRead: bytes });
    else {
      polls[polls.length - 1] = {
        events: Math.max(current.events, events),
        bytes: Math.max(current.bytes, bytes),
        bytesRead: current.bytesRead + bytes,
      };
    }
  });
  return polls;
}
