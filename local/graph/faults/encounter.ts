import type { GraphAnswer, GraphRefusal } from '../graphAnswer.ts';
import type { Carriage } from './carriage.ts';

/** What a call comes to: an answer, a refusal, or a connection that is reset. */
export type Outcome = GraphAnswer | GraphRefusal | 'reset';

/** What a fault makes of a call. */
export interface Struck {
  readonly outcome: Outcome;
  /** How the answer travels; whole when left out. */
  readonly carriage?: Carriage;
  /** How far the clock of the answer is off. */
  readonly skewMs?: number;
}
