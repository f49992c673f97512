import type { OrchestrationContext } from 'durable-functions';
import { errandInputSchema, type ErrandResult, type ErrandState } from '../shared/contracts/orchestrations.ts';
import { createErrand } from './createJob.ts';
import { findLeftErrand } from './findLeftJob.ts';
import { type Errand, maxTries, type Tried } from './persist.ts';
import { recordErrand } from './recordTasks.ts';
import { sendErrand } from './sendAction.ts';
import { reasonOf, type Steps, wait } from './steps.ts';

/** An errand that was not done in its first tries: one try a generation. Never throws. */
export function* errand(context: OrchestrationContext): Steps<ErrandResult | undefined> {
  const { state, tries } = errandInputSchema.parse(context.df.getInput());
  try {
    const tried = yield* tryOnce(context, state, tries + 1);
    if (tried.kind === 'done') return { ok: true, value: tried.value };
    if (tried.reason !== null) return { ok: false, reason: tried.reason };
    if (tried.seconds > 0) yield* wait(context, tried.seconds);
    context.df.continueAsNew({ state: tried.state, tries: tries + 1 });
    return undefined;
  } catch (error) {
    return { ok: false, reason: reasonOf(error) };
  }
}

type Once = Extract<Tried<unknown, ErrandState>, { kind: 'done' }> | (Extract<Tried<unknown, ErrandState>, { kind: 'again' }> & { /** Why there is no further try. */ readonly reason: string | null });

function tryOnce(context: OrchestrationContext, state: ErrandState, tries: number): Steps<Once> {
  switch (state.kind) {
    case 'create':
      return run(context, createErrand, state, tries);
    case 'findLeft':
      return run(context, findLeftErrand, state, tries);
    case 'send':
      return run(context, sendErrand, state, tries);
    case 'record':
      return run(context, recordErrand, state, tries);
  }
}

function* run<Value, State extends ErrandState>(context: OrchestrationContext, { once, gaveUp }: Errand<Value, State>, state: State, tries: number): Steps<Once> {
  const tried = yield* once(context, state, tries);
  return tried.kind === 'done' ? tried : { ...tried, reason: tries >= maxTries ? gaveUp(tried.state) : null };
}
