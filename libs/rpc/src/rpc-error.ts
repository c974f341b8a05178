/** The other side cannot be reached, or the connection broke before it answered: whether it acted is unknown. */
export class RpcError extends Error {
  override readonly name = 'RpcError';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
  }
}
