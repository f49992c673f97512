import type { GraphAnswer, GraphRefusal } from '../graphAnswer.ts';
import { ConnectionResetError } from '../listen.ts';

/**
 * How an answer travels: dripping in pieces with pauses of real time, cut off in the middle with the connection, or whole
 * but with half of its text only, or with a byte order mark before its text.
 */
export type Carriage =
  | { readonly kind: 'drip'; readonly chunks: number; readonly pauseMs: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'half' }
  | { readonly kind: 'bom' };

/** A response whose text travels so. */
export function carried(
  text: string,
  init: { readonly status: number; readonly headers: Headers },
  carriage: Carriage,
): Response {
  const bytes = Buffer.from(text);
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
  switch (carriage.kind) {
    case 'half':
      return new Response(half, init);
    case 'bom':
      return new Response(`\uFEFF${text}`, init);
    case 'cut':
      // The length of the whole is promised, half of it comes.
      init.headers.set('content-length', String(bytes.length));
      return new Response(
        streamOf(
          [half],
          0,
          new ConnectionResetError('the connection was reset in the middle of the answer'),
        ),
        init,
      );
    case 'drip': {
      const size = Math.max(1, Math.ceil(bytes.length / carriage.chunks));
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      return new Response(streamOf(pieces, carriage.pauseMs), init);
    }
  }
}

function streamOf(
  pieces: readonly Uint8Array[],
  pauseMs: number,
  error?: Error,
): ReadableStream<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const piece = left.shift();
      if (piece !== undefined) {
        controller.enqueue(piece);
        if (left.length > 0 && pauseMs > 0)
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
      } else if (error === undefined) controller.close();
      else controller.error(error);
    },
  });
}

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
