/** The service cannot start, for a reason that its operator can mend: one clear sentence, shown without a stack. */
export class StartError extends Error {
  override name = 'StartError';
}
