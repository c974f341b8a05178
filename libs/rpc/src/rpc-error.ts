/** The other side cannot be reached, or the connection broke before it answered: whether it acted is unknown. */
export class RpcError extends Error {
  override readonly name: string = 'RpcError';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
  }
}

/** The other side cannot be reached: it has not seen the call, which may go to another. */
export class UnsentError extends RpcError {
  override readonly name = 'UnsentError';
}
