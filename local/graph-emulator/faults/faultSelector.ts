import type { OperationName } from '../operationNames.ts';
import { seededFraction } from '../seededRandom.ts';
import { appliesByDefault } from './faultKinds.ts';
import { type FaultPlan, holdKinds, type PlannedFault } from './faultPlan.ts';
import type { GraphCall } from './graphCall.ts';

/** A fault of the plan that was selected for a call. */
export interface SelectedFault {
  readonly fault: PlannedFault;
  /** The seed, the fault, the operation and the occurrence as text. Further random choices of the fault depend on it. */
  readonly seedText: string;
}

/**
 * Selects the faults of each call. The selection depends on the seed, the position of the fault in the plan, the operation and
 * the number of calls of that operation so far, and on nothing else: calls of other operations do not change it.
 */
export class FaultSelector {
  readonly #plan: FaultPlan;
  readonly #startMs: number;
  readonly #counts = new Map<string, number>();
  /** When the faults that last from a call on (`forSeconds`) began. */
  readonly #begunMs = new Map<PlannedFault, number>();

  constructor(plan: FaultPlan, startMs: number) {
    this.#plan = plan;
    this.#startMs = startMs;
  }

  /** Counts a call and returns the faults for it in order of precedence: faults with an occurrence first. */
  select(call: GraphCall): readonly SelectedFault[] {
    const { operation, tenantId } = call;
    const overall = this.#count(operation);
    const inTenant = tenantId === null ? 0 : this.#count(operation, tenantId);
    const selected = this.#plan.faults.flatMap((fault, index): SelectedFault[] => {
      const occurrence = fault.tenantId === undefined ? overall : inTenant;
      if (!this.#matches(fault, call, occurrence)) return [];
      const seedText = `${String(this.#plan.seed)} ${String(index)} ${operation} ${String(occurrence)}`;
      return seededFraction(seedText) < (fault.rate ?? 1) ? [{ fault, seedText }] : [];
    });
    const withOccurrence = selected.filter(({ fault }) => fault.occurrence !== undefined);
    return [...withOccurrence, ...selected.filter((one) => !withOccurrence.includes(one))];
  }

  #count(operation: OperationName, tenantId = ''): number {
    const key = `${operation} ${tenantId}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  #matches(fault: PlannedFault, call: GraphCall, occurrence: number): boolean {
    const { kind, operation, tenantId, from, until } = fault;
    if (
      operation === undefined
        ? !appliesByDefault(kind, call.operation)
        : operation !== call.operation
    )
      return false;
    if (tenantId !== undefined && tenantId !== call.tenantId) return false;
    if (
      (from !== undefined && this.#toMs(from) > call.nowMs) ||
      (until !== undefined && call.nowMs >= this.#toMs(until))
    )
      return false;
    return this.#matchesOccurrence(fault, call, occurrence);
  }

  #matchesOccurrence(fault: PlannedFault, { nowMs }: GraphCall, occurrence: number): boolean {
    const { kind, occurrence: first, times, forSeconds } = fault;
    if (first === undefined) return true;
    if (forSeconds === undefined || holdKinds.includes(kind))
      return occurrence >= first && occurrence < first + times;
    if (occurrence < first) return false;
    const begunMs = this.#begunMs.get(fault) ?? nowMs;
    this.#begunMs.set(fault, begunMs);
    return nowMs < begunMs + forSeconds * 1_000;
  }

  #toMs(instant: string | number): number {
    return typeof instant === 'number' ? this.#startMs + instant * 1_000 : Date.parse(instant);
  }
}
