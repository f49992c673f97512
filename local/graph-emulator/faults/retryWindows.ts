import type { FaultKind } from './faultKinds.ts';
import type { FaultedCall } from './faultedCall.ts';

/** Which calls a Retry-After holds back: this very one, every one of the operation, every one of the tenant. */
export type RetryScope = 'call' | 'operation' | 'tenant';

interface RetryWindow {
  readonly kind: FaultKind;
  readonly held: string;
  readonly untilMs: number;
}

/** The times for which callers were told to stay away. */
export class RetryWindows {
  #open: readonly RetryWindow[] = [];

  /** Holds the calls of a scope back for so long. */
  open(kind: FaultKind, scope: RetryScope, seconds: number, call: FaultedCall): void {
    this.#open = [
      ...this.#open.filter(({ untilMs }) => untilMs > call.nowMs),
      { kind, held: heldBy(scope, call), untilMs: call.nowMs + seconds * 1_000 },
    ];
  }

  /** The fault whose time the call falls into, with the whole seconds that are left of it. */
  around(call: FaultedCall): { readonly kind: FaultKind; readonly seconds: number } | undefined {
    const holding = [heldBy('call', call), heldBy('operation', call), heldBy('tenant', call)];
    const found = this.#open
      .filter(({ held, untilMs }) => untilMs > call.nowMs && holding.includes(held))
      .reduce<RetryWindow | undefined>(
        (latest, one) => (latest === undefined || one.untilMs > latest.untilMs ? one : latest),
        undefined,
      );
    return found === undefined
      ? undefined
      : { kind: found.kind, seconds: Math.ceil((found.untilMs - call.nowMs) / 1_000) };
  }
}

function heldBy(scope: RetryScope, { key, operation, tenantId }: FaultedCall): string {
  switch (scope) {
    case 'call':
      return `call ${key} ${String(tenantId)}`;
    case 'operation':
      return `operation ${operation} ${String(tenantId)}`;
    case 'tenant':
      // Tokens come from another service.
      return operation === 'requestToken' ? `call ${key}` : `tenant ${String(tenantId)}`;
  }
}
