/** The host cannot run this app as it stands; the message names the place and what to do about it. */
export class HostStartError extends Error {
  override readonly name = 'HostStartError';
}
