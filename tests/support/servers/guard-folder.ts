import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Guards of processes that use the folder kill those first, and remove what is theirs. */
const AFTER_OTHERS_S = 1;

/**
 * Has a folder removed when this process dies, in whatever way, by a shell that waits for the end of its standard input. The result ends the guard, and
 * resolves when the folder is the caller's alone again.
 */
export function guardFolder(folder: string): () => Promise<void> {
  const script = `read -r _; sleep ${AFTER_OTHERS_S}; rm -rf "$1"`;
  const guard = spawn('sh', ['-c', script, 'guard', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.stdin?.on('error', () => guard.kill('SIGKILL'));
  guard.unref();
  return async () => {
    if (guard.exitCode !== null || guard.signalCode !== null) return;
    guard.ref();
    const ended = once(guard, 'close');
    guard.kill('SIGKILL');
    await ended;
  };
}
