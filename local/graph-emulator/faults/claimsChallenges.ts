import { GraphError } from '../graphResponse.ts';
import type { GraphCall } from './graphCall.ts';

const minIntervalMs = 3_600_000;

interface RequiredClaims {
  readonly claims: string;
  readonly encoding: 'base64' | 'base64url';
  readonly sinceMs: number;
}

/** The claims with which each client of each tenant must request its token (Graph: claims challenges). */
export class ClaimsChallenges {
  readonly #required = new Map<string, RequiredClaims>();

  /** Requires new claims from now on. Returns false when the last requirement is less than an hour old. */
  raise(call: GraphCall, encoding: RequiredClaims['encoding']): boolean {
    const current = this.#required.get(clientKey(call));
    if (
      call.tenantId === null ||
      (current !== undefined && call.nowMs - current.sinceMs < minIntervalMs)
    )
      return false;
    // Contains characters that base64 and base64url encode differently.
    const claims = JSON.stringify({
      access_token: {
        nbf: { essential: true, value: String(Math.floor(call.nowMs / 1_000)) },
        xms_rp: { value: '??>>~~' },
      },
    });
    this.#required.set(clientKey(call), { claims, encoding, sinceMs: call.nowMs });
    return true;
  }

  /** Returns the challenge for a token that was requested without the required claims; undefined for any other token. */
  challenge(call: GraphCall): GraphError | undefined {
    const required = this.#required.get(clientKey(call));
    if (required === undefined || call.claims === required.claims) return undefined;
    const claims = Buffer.from(required.claims).toString(required.encoding);
    return new GraphError(
      401,
      'InvalidAuthenticationToken',
      'Continuous access evaluation resulted in challenge.',
      [],
      {
        'www-authenticate': `Bearer realm="", authorization_uri="/common/oauth2/authorize", error="insufficient_claims", claims="${claims}"`,
      },
    );
  }
}

function clientKey({ tenantId, clientId }: GraphCall): string {
  return `${String(tenantId)} ${String(clientId)}`;
}
