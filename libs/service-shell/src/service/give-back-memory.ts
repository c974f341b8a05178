import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects what loading and starting left, and gives its memory back to the system: the young generation grows while modules load, and V8
 * would shrink it only when it next collects the old one, which an idle process may never do. Takes some 100 ms on the main thread.
 */
export function giveBackMemory(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('V8 offers no collection of garbage');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
