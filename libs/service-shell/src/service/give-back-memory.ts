import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** The event loop reads sockets between two of them; an answer may come in two parts. */
const TURNS = 3;

/**
 * Collects what loading and starting left, and gives its memory back to the system: the young generation grows while modules load, and V8
 * would shrink it only when it next collects the old one, which an idle process may never do. Takes 100 to 300 ms on the main thread, after
 * what was answered while modules were loading has been read: it would seem to have taken as much longer.
 */
export async function giveBackMemory(collect: () => void = collectAll): Promise<void> {
  for (let turns = 0; turns < TURNS; turns += 1) await turn();
  collect();
}

function collectAll(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('V8 offers no collection of garbage');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
