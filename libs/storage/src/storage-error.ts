/** The database failed or cannot be reached; `outcomeUnknown` where a commit may or may not have happened. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly outcomeUnknown: boolean;

  constructor(message: string, options: { cause?: unknown; outcomeUnknown?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}
