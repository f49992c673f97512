import { z } from 'zod';
import { type Delivery, GraphError, type GraphResponse } from '../graphResponse.ts';
import type { JobStore } from '../jobs/jobStore.ts';
import { seededFraction } from '../seededRandom.ts';
import { changedBody } from './changedBody.ts';
import { ClaimsChallenges } from './claimsChallenges.ts';
import { type FaultEffect, type FaultKind, faultKinds } from './faultKinds.ts';
import type { FaultPlan, PlannedFault } from './faultPlan.ts';
import { FaultSelector, type SelectedFault } from './faultSelector.ts';
import type { GraphCall } from './graphCall.ts';
import { applyJobFault } from './jobFaults.ts';
import { plannedError, throttled, unavailable } from './plannedErrors.ts';
import { RetryAfterWindows } from './retryAfterWindows.ts';

/** What a call gets after a fault was applied. */
export interface FaultedResponse {
  readonly outcome: GraphResponse | GraphError | 'reset';
  /** How the text is sent. Default: whole. */
  readonly delivery?: Delivery;
  /** How far the clock of the response is off. */
  readonly skewMs?: number;
}

/** The fault of one call. */
export interface ActiveFault {
  readonly kind: FaultKind;
  /** With `before`, the call takes no effect and `apply` gets null. */
  readonly effect: FaultEffect;
  readonly insideRetryAfter: boolean;
  /** Returns what the caller gets; undefined when the response has nothing that the fault could change. */
  apply(response: GraphResponse | GraphError | null): FaultedResponse | undefined;
}

/** Applies a fault plan to calls. */
export class FaultInjector {
  readonly #selector: FaultSelector;
  readonly #jobs: JobStore;
  readonly #windows = new RetryAfterWindows();
  readonly #challenges = new ClaimsChallenges();
  readonly #recent = new RecentlyCreated();
  /** Calls whose last response was a 401. The next such call gets none. */
  readonly #unauthorized = new Set<string>();

  constructor(plan: FaultPlan, jobs: JobStore, startMs: number) {
    this.#selector = new FaultSelector(plan, startMs);
    this.#jobs = jobs;
  }

  /** Returns the fault of a call; undefined when there is none. Call it once for each call, in order. */
  faultFor(call: GraphCall): ActiveFault | undefined {
    const selected = this.#selector.select(call);
    const window = this.#windows.around(call);
    if (window !== undefined)
      return errorBefore(window.kind, throttled(String(window.seconds)), {
        insideRetryAfter: true,
      });
    const challenge = this.#challenges.challenge(call);
    if (challenge !== undefined) return errorBefore('claimsChallenge', challenge);
    const wasUnauthorized = this.#unauthorized.delete(call.key);
    for (const one of selected) {
      const { fault, seedText } = one;
      switch (fault.kind) {
        case 'unauthorized':
          if (wasUnauthorized) continue;
          this.#unauthorized.add(call.key);
          break;
        case 'claimsChallenge': {
          const raised = this.#challenges.raise(call, fault.encoding)
            ? this.#challenges.challenge(call)
            : undefined;
          if (raised === undefined) continue;
          return errorBefore('claimsChallenge', raised);
        }
        case 'notFoundYet':
          if (!this.#recent.isNamedBy(call, fault.lagSeconds)) continue;
          break;
        default:
      }
      return {
        kind: fault.kind,
        effect: effectOf(fault, seedText),
        insideRetryAfter: false,
        apply: (response) => this.#apply(one, call, response),
      };
    }
    return undefined;
  }

  /** Records a successful response of the emulator itself. Call it before the fault is applied. */
  recordResponse(call: GraphCall, response: GraphResponse): void {
    this.#recent.record(call, response);
  }

  #apply(
    selected: SelectedFault,
    call: GraphCall,
    response: GraphResponse | GraphError | null,
  ): FaultedResponse | undefined {
    const { fault } = selected;
    switch (fault.kind) {
      case 'connectionReset':
        return { outcome: 'reset' };
      case 'throttledSilent':
        return { outcome: throttled() };
      case 'throttledSeconds':
        this.#windows.open(fault.kind, fault.scope, fault.retryAfterSeconds, call);
        return { outcome: throttled(String(fault.retryAfterSeconds)) };
      case 'throttledHour':
        this.#windows.open(fault.kind, fault.scope, 3_600, call);
        return { outcome: throttled('3600') };
      case 'throttledDate': {
        this.#windows.open(fault.kind, fault.scope, fault.retryAfterSeconds, call);
        const skewMs = fault.skewSeconds * 1_000;
        const retryAt = new Date(call.nowMs + skewMs + fault.retryAfterSeconds * 1_000);
        return { outcome: throttled(retryAt.toUTCString()), skewMs };
      }
      case 'error503RetryAfter':
      case 'error504RetryAfter': {
        this.#windows.open(fault.kind, fault.scope, fault.retryAfterSeconds, call);
        return {
          outcome: unavailable(fault.kind === 'error503RetryAfter' ? 503 : 504, {
            'retry-after': String(fault.retryAfterSeconds),
          }),
        };
      }
      case 'slowDrip':
        return response === null
          ? undefined
          : {
              outcome: response,
              delivery: { kind: 'drip', chunks: fault.chunks, pauseMs: fault.pauseMs },
            };
      case 'truncatedBody':
        return response === null ? undefined : { outcome: response, delivery: { kind: 'cut' } };
      case 'truncatedJson':
        return response === null ? undefined : { outcome: response, delivery: { kind: 'half' } };
      case 'bomBody':
        return response === null ? undefined : { outcome: response, delivery: { kind: 'bom' } };
      case 'skewedClock':
        return response === null
          ? undefined
          : { outcome: response, skewMs: fault.skewSeconds * 1_000 };
      default:
        return this.#applyToContent(selected, call, response);
    }
  }

  #applyToContent(
    selected: SelectedFault,
    call: GraphCall,
    response: GraphResponse | GraphError | null,
  ): FaultedResponse | undefined {
    const error = plannedError(selected.fault, call);
    if (error !== undefined) return { outcome: error };
    if (response === null || response instanceof GraphError) return undefined;
    // JSON that is no entity of Graph.
    if (selected.fault.kind === 'unreadableBody')
      return response.body === undefined && response.text === undefined
        ? undefined
        : { outcome: { status: response.status, body: { result: 'accepted', items: 1 } } };
    if (applyJobFault(selected, response, this.#jobs, call.nowMs)) return { outcome: response };
    const body =
      response.body === undefined ? undefined : changedBody(selected, call, response.body);
    return body === undefined ? undefined : { outcome: { ...response, body } };
  }
}

function errorBefore(
  kind: FaultKind,
  error: GraphError,
  { insideRetryAfter = false } = {},
): ActiveFault {
  return { kind, effect: 'before', insideRetryAfter, apply: () => ({ outcome: error }) };
}

function effectOf(fault: PlannedFault, seedText: string): FaultEffect {
  if (!('effect' in fault)) return faultKinds[fault.kind].effects[0] ?? 'before';
  if (fault.effect !== 'either') return fault.effect;
  return seededFraction(`${seedText} effect`) < 0.5 ? 'before' : 'after';
}

const createdSchema = z.looseObject({ id: z.string(), displayName: z.string().optional() });

/** Remembers when jobs and tasks were created. For a while, not every replica has them. */
class RecentlyCreated {
  readonly #createdMs = new Map<string, number>();

  record({ operation, nowMs }: GraphCall, { body }: GraphResponse): void {
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

  /** Returns true when the URL of a call names something that was created less than `lagSeconds` ago. */
  isNamedBy({ url, nowMs }: GraphCall, lagSeconds: number): boolean {
    return namesIn(url.pathname).some(
      (name) => nowMs - (this.#createdMs.get(name) ?? -Infinity) < lagSeconds * 1_000,
    );
  }
}

/** Returns the segments of a path and the quoted strings in it, in lower case. */
function namesIn(pathname: string): readonly string[] {
  const path = decodeURIComponent(pathname).toLowerCase();
  const quoted = [...path.matchAll(/'((?:[^']|'')*)'/g)].map(([, name = '']) =>
    name.replaceAll("''", "'"),
  );
  return [...path.split('/'), ...quoted];
}
