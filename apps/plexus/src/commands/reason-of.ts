/** The innermost error says what happened: a name that is unknown, a certificate that is not trusted. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : reasonOf(error.cause);
}
