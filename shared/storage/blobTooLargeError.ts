/** A blob is larger than the caller allows; nothing of it was kept. */
export class BlobTooLargeError extends Error {
  override readonly name = 'BlobTooLargeError';

  constructor(blobName: string, maxBytes: number) {
    super(`the blob ${blobName} is larger than ${String(maxBytes)} bytes`);
  }
}
