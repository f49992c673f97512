import { type GraphAnswer, GraphRefusal } from '../graphAnswer.ts';
import type { JobBook } from '../jobBook.ts';
import { chance } from '../random.ts';
import type { Struck } from './carriage.ts';
import { changedBody } from './changedBodies.ts';
import { ClaimsDemands } from './claimsDemands.ts';
import { type DrawnFault, FaultDraw } from './faultDraw.ts';
import { type FaultEffect, type FaultKind, faultKinds } from './faultKinds.ts';
import type { FaultPlan, PlannedFault } from './faultPlan.ts';
import type { FaultedCall } from './faultedCall.ts';
import { changeCourse } from './jobCourses.ts';
import { RecentlyCreated } from './recentlyCreated.ts';
import { refusalOf, throttled, unavailable } from './refusals.ts';
import { RetryWindows } from './retryWindows.ts';

/** The fault that a call meets. */
export interface Encounter {
  readonly kind: FaultKind;
  /** `before`: the call takes no effect, and `strike` gets null for its answer. */
  readonly effect: FaultEffect;
  readonly insideRetryAfter: boolean;
  /** What the caller gets; undefined when the answer has nothing that the fault could act on. */
  strike(answer: GraphAnswer | GraphRefusal | null): Struck | undefined;
}

/** Carries a fault plan out, call by call. */
export class FaultInjector {
  readonly #draw: FaultDraw;
  readonly #book: JobBook;
  readonly #windows = new RetryWindows();
  readonly #demands = new ClaimsDemands();
  readonly #created = new RecentlyCreated();
  /** Calls whose last answer was a 401: the next one passes. */
  readonly #unauthorized = new Set<string>();

  constructor(plan: FaultPlan, book: JobBook, startMs: number) {
    this.#draw = new FaultDraw(plan, startMs);
    this.#book = book;
  }

  /** The fault of a call, or undefined when it is to be answered as ever. To be asked once for each call. */
  meet(call: FaultedCall): Encounter | undefined {
    const drawn = this.#draw.draw(call);
    const window = this.#windows.around(call);
    if (window !== undefined)
      return refused(window.kind, throttled(String(window.seconds)), { insideRetryAfter: true });
    const challenge = this.#demands.challenge(call);
    if (challenge !== undefined) return refused('claimsChallenge', challenge);
    const passed = this.#unauthorized.delete(call.key);
    for (const one of drawn) {
      const { fault, occasion } = one;
      switch (fault.kind) {
        case 'unauthorized':
          if (passed) continue;
          this.#unauthorized.add(call.key);
          break;
        case 'claimsChallenge': {
          const raised = this.#demands.raise(call, fault.encoding)
            ? this.#demands.challenge(call)
            : undefined;
          if (raised === undefined) continue;
          return refused('claimsChallenge', raised);
        }
        case 'notFoundYet':
          if (!this.#created.isAbout(call, fault.lagSeconds)) continue;
          break;
        default:
      }
      return {
        kind: fault.kind,
        effect: effectOf(fault, occasion),
        insideRetryAfter: false,
        strike: (answer) => this.#strike(one, call, answer),
      };
    }
    return undefined;
  }

  /** To be told of every answer that Graph itself gave. */
  answered(call: FaultedCall, answer: GraphAnswer): void {
    this.#created.remember(call, answer);
  }

  #strike(
    drawn: DrawnFault,
    call: FaultedCall,
    answer: GraphAnswer | GraphRefusal | null,
  ): Struck | undefined {
    const { fault } = drawn;
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
        return {
          outcome: throttled(
            new Date(call.nowMs + skewMs + fault.retryAfterSeconds * 1_000).toUTCString(),
          ),
          skewMs,
        };
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
        return answer === null
          ? undefined
          : {
              outcome: answer,
              carriage: { kind: 'drip', chunks: fault.chunks, pauseMs: fault.pauseMs },
            };
      case 'truncatedBody':
        return answer === null ? undefined : { outcome: answer, carriage: { kind: 'cut' } };
      case 'truncatedJson':
        return answer === null ? undefined : { outcome: answer, carriage: { kind: 'half' } };
      case 'bomBody':
        return answer === null ? undefined : { outcome: answer, carriage: { kind: 'bom' } };
      case 'skewedClock':
        return answer === null ? undefined : { outcome: answer, skewMs: fault.skewSeconds * 1_000 };
      default:
        return this.#strikeContent(drawn, call, answer);
    }
  }

  #strikeContent(
    drawn: DrawnFault,
    call: FaultedCall,
    answer: GraphAnswer | GraphRefusal | null,
  ): Struck | undefined {
    const refusal = refusalOf(drawn.fault, call);
    if (refusal !== undefined) return { outcome: refusal };
    if (answer === null || answer instanceof GraphRefusal) return undefined;
    // In JSON, and of no entity that anybody knows.
    if (drawn.fault.kind === 'unreadableBody')
      return answer.body === undefined && answer.text === undefined
        ? undefined
        : { outcome: { status: answer.status, body: { result: 'accepted', items: 1 } } };
    if (changeCourse(drawn, answer, this.#book, call.nowMs)) return { outcome: answer };
    const body = answer.body === undefined ? undefined : changedBody(drawn, call, answer.body);
    return body === undefined ? undefined : { outcome: { ...answer, body } };
  }
}

function refused(
  kind: FaultKind,
  refusal: GraphRefusal,
  { insideRetryAfter = false } = {},
): Encounter {
  return { kind, effect: 'before', insideRetryAfter, strike: () => ({ outcome: refusal }) };
}

function effectOf(fault: PlannedFault, occasion: string): FaultEffect {
  if (!('effect' in fault)) return faultKinds[fault.kind].effects[0] ?? 'before';
  if (fault.effect !== 'either') return fault.effect;
  return chance(`${occasion} effect`) < 0.5 ? 'before' : 'after';
}
