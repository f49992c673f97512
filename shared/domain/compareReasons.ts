import type { FailureReason } from '../contracts/failure.ts';
import { explainCode } from './errorCatalogue/explainCode.ts';

/** The order to read reasons in: causes in a tenant's setup first, then those that hit most users, then by code. */
export function compareReasons(
  a: Pick<FailureReason, 'code' | 'users'>,
  b: Pick<FailureReason, 'code' | 'users'>,
): number {
  return rank(a.code) - rank(b.code) || b.users - a.users || (a.code < b.code ? -1 : 1);
}

function rank(code: string): number {
  return explainCode(code).scope === 'tenant' ? 0 : 1;
}
