import type { FaultKind } from './faultKinds.ts';
import type { GraphCall } from './graphCall.ts';

/** The calls to which a Retry-After applies: the same call, all calls of the operation, or all calls of the tenant. */
export type RetryScope = 'call' | 'operation' | 'tenant';

interface RetryAfterWindow {
  readonly kind: FaultKind;
  readonly key: string;
  readonly untilMs: number;
}

/** The periods for which a Retry-After asked callers to wait. */
export class RetryAfterWindows {
  #open: readonly RetryAfterWindow[] = [];

  /** Starts a period for the calls of a scope. */
  open(kind: FaultKind, scope: RetryScope, seconds: number, call: GraphCall): void {
    this.#open = [
      ...this.#open.filter(({ untilMs }) => untilMs > call.nowMs),
      { kind, key: scopeKey(scope, call), untilMs: call.nowMs + seconds * 1_000 },
    ];
  }

  /** Returns the fault in whose period a call falls, with the remaining whole seconds. */
  around(call: GraphCall): { readonly kind: FaultKind; readonly seconds: number } | undefined {
    const keys = [scopeKey('call', call), scopeKey('operation', call), scopeKey('tenant', call)];
    const found = this.#open
      .filter(({ key, untilMs }) => untilMs > call.nowMs && keys.includes(key))
      .reduce<RetryAfterWindow | undefined>(
        (latest, one) => (latest === undefined || one.untilMs > latest.untilMs ? one : latest),
        undefined,
      );
    return found === undefined
      ? undefined
      : { kind: found.kind, seconds: Math.ceil((found.untilMs - call.nowMs) / 1_000) };
  }
}

function scopeKey(scope: RetryScope, { key, operation, tenantId }: GraphCall): string {
  switch (scope) {
    case 'call':
      return `call ${key} ${String(tenantId)}`;
    case 'operation':
      return `operation ${operation} ${String(tenantId)}`;
    case 'tenant':
      // Another service issues tokens, so a Retry-After of Graph does not apply to it.
      return operation === 'requestToken' ? `call ${key}` : `tenant ${String(tenantId)}`;
  }
}
