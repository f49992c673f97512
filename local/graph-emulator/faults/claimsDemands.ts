import { GraphRefusal } from '../graphAnswer.ts';
import type { FaultedCall } from './faultedCall.ts';

const quietMs = 3_600_000;

interface ClaimsDemand {
  readonly claims: string;
  readonly encoding: 'base64' | 'base64url';
  readonly sinceMs: number;
}

/** The claims that tokens must have been requested with (Graph: claims challenges), for each client of each tenant. */
export class ClaimsDemands {
  readonly #demands = new Map<string, ClaimsDemand>();

  /** Demands new claims from now on; false when tokens meet a demand that is less than an hour old. */
  raise(call: FaultedCall, encoding: ClaimsDemand['encoding']): boolean {
    const standing = this.#demands.get(ownerOf(call));
    if (
      call.tenantId === null ||
      (standing !== undefined && call.nowMs - standing.sinceMs < quietMs)
    )
      return false;
    // The text has characters that the two encodings write differently.
    const claims = JSON.stringify({
      access_token: {
        nbf: { essential: true, value: String(Math.floor(call.nowMs / 1_000)) },
        xms_rp: { value: '??>>~~' },
      },
    });
    this.#demands.set(ownerOf(call), { claims, encoding, sinceMs: call.nowMs });
    return true;
  }

  /** The challenge for a token that was not requested with the claims; undefined when it was, or none are demanded. */
  challenge(call: FaultedCall): GraphRefusal | undefined {
    const demand = this.#demands.get(ownerOf(call));
    if (demand === undefined || call.claims === demand.claims) return undefined;
    const claims = Buffer.from(demand.claims).toString(demand.encoding);
    return new GraphRefusal(
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

function ownerOf({ tenantId, clientId }: FaultedCall): string {
  return `${String(tenantId)} ${String(clientId)}`;
}
