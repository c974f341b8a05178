/** Ends work on an answer that nobody hears any more. */
export class GoneError extends Error {
  override readonly name = 'GoneError';

  constructor() {
    super('the client is gone');
  }
}
