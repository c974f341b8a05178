/** Our own side of federation is broken: no federation-sender can be reached, or one failed. What the other server did is unknown. */
export class RemoteServerError extends Error {
  override readonly name = 'RemoteServerError';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
  }
}
