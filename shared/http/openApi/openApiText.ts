import { createHash } from 'node:crypto';
import { openApiDocument } from './openApiDocument.ts';

/** The document as it is sent, with its entity tag. */
export interface OpenApiText {
  readonly text: string;
  readonly etag: string;
}

let made: OpenApiText | undefined;

/** The document of this deployment: made when it is first asked for, so that a start does not pay for it, and then kept. */
export function openApiText(): OpenApiText {
  if (made === undefined) {
    const text = JSON.stringify(openApiDocument());
    made = { text, etag: `"${createHash('sha256').update(text).digest('base64url')}"` };
  }
  return made;
}
