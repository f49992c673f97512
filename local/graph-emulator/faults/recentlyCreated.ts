import { z } from 'zod';
import type { GraphAnswer } from '../graphAnswer.ts';
import type { FaultedCall } from './faultedCall.ts';

const createdSchema = z.looseObject({ id: z.string(), displayName: z.string().optional() });

/** What was created, and when: for a while not every replica knows of it. */
export class RecentlyCreated {
  readonly #createdMs = new Map<string, number>();

  remember({ operation, nowMs }: FaultedCall, { body }: GraphAnswer): void {
    if (
      operation !== 'createJob' &&
      operation !== 'validateNewJob' &&
      operation !== 'createSharePointTask'
    )
      return;
    const created = createdSchema.safeParse(body);
    if (!created.success) return;
    const { id, displayName } = created.data;
    for (const name of displayName === undefined ? [id] : [id, displayName])
      this.#createdMs.set(name.toLowerCase(), nowMs);
  }

  /** True when the call is about something that is younger than so many seconds. */
  isAbout({ url, nowMs }: FaultedCall, lagSeconds: number): boolean {
    const names = namesIn(url.pathname);
    return names.some(
      (name) => nowMs - (this.#createdMs.get(name) ?? -Infinity) < lagSeconds * 1_000,
    );
  }
}

/** The segments of a path, and the texts in quotes, in lower case. */
function namesIn(pathname: string): readonly string[] {
  const path = decodeURIComponent(pathname).toLowerCase();
  const quoted = [...path.matchAll(/'((?:[^']|'')*)'/g)].map(([, name = '']) =>
    name.replaceAll("''", "'"),
  );
  return [...path.split('/'), ...quoted];
}
