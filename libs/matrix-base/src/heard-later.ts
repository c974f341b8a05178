/**
 * The promise, which is waited for later, or by nobody where something else fails before. Until then it may fail alone, and a failure that nobody has
 * heard by the end of the turn ends the process. Whoever waits for it has its failure all the same.
 */
export function heardLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
