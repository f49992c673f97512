import type { OperationName } from '../operationNames.ts';
import { chance } from '../random.ts';
import { strikesUnasked } from './faultKinds.ts';
import { type FaultPlan, heldKinds, type PlannedFault } from './faultPlan.ts';
import type { FaultedCall } from './faultedCall.ts';

/** A fault that strikes a call. */
export interface DrawnFault {
  readonly fault: PlannedFault;
  /** Stands for the plan's seed and the occasion: what else the fault leaves open is drawn by it. */
  readonly occasion: string;
}

/**
 * Draws the fault of each call. A draw goes by the seed, the fault's place in the plan, the operation and how many calls of
 * that operation there were, and by nothing else: calls of other operations between them change nothing.
 */
export class FaultDraw {
  readonly #plan: FaultPlan;
  readonly #startMs: number;
  readonly #counts = new Map<string, number>();
  /** When the faults that last from a call on were begun by it. */
  readonly #begun = new Map<PlannedFault, number>();

  constructor(plan: FaultPlan, startMs: number) {
    this.#plan = plan;
    this.#startMs = startMs;
  }

  /** Counts a call and returns what may strike it, likeliest meant first: faults pinned to an occurrence, then the others. */
  draw(call: FaultedCall): readonly DrawnFault[] {
    const { operation, tenantId } = call;
    const overall = this.#count(operation);
    const inTenant = tenantId === null ? 0 : this.#count(operation, tenantId);
    const drawn = this.#plan.faults.flatMap((fault, index): DrawnFault[] => {
      const occurrence = fault.tenantId === undefined ? overall : inTenant;
      if (!this.#fits(fault, call, occurrence)) return [];
      const occasion = `${String(this.#plan.seed)} ${String(index)} ${operation} ${String(occurrence)}`;
      return chance(occasion) < (fault.rate ?? 1) ? [{ fault, occasion }] : [];
    });
    const pinned = drawn.filter(({ fault }) => fault.occurrence !== undefined);
    return [...pinned, ...drawn.filter((one) => !pinned.includes(one))];
  }

  #count(operation: OperationName, tenantId = ''): number {
    const key = `${operation} ${tenantId}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  #fits(fault: PlannedFault, call: FaultedCall, occurrence: number): boolean {
    const { kind, operation, tenantId, from, until } = fault;
    if (
      operation === undefined ? !strikesUnasked(kind, call.operation) : operation !== call.operation
    )
      return false;
    if (tenantId !== undefined && tenantId !== call.tenantId) return false;
    if (
      (from !== undefined && this.#instant(from) > call.nowMs) ||
      (until !== undefined && call.nowMs >= this.#instant(until))
    )
      return false;
    return this.#isPinnedTo(fault, call, occurrence);
  }

  #isPinnedTo(fault: PlannedFault, { nowMs }: FaultedCall, occurrence: number): boolean {
    const { kind, occurrence: pin, times, forSeconds } = fault;
    if (pin === undefined) return true;
    if (forSeconds === undefined || heldKinds.includes(kind))
      return occurrence >= pin && occurrence < pin + times;
    if (occurrence < pin) return false;
    const begunMs = this.#begun.get(fault) ?? nowMs;
    this.#begun.set(fault, begunMs);
    return nowMs < begunMs + forSeconds * 1_000;
  }

  #instant(moment: string | number): number {
    return typeof moment === 'number' ? this.#startMs + moment * 1_000 : Date.parse(moment);
  }
}
