// Started by run-until-signal.spec.ts in a process of its own.
import { createLogger } from '../src/logging/pino-logger.ts';
import { runUntilSignal } from '../src/shutdown/run-until-signal.ts';

const mode = process.argv[2];
const logger = createLogger({ service: 'signal-program', level: 'info' });

runUntilSignal({ logger, stop, deadlineMs: mode === 'late' ? 50 : 60_000, echoMs: mode === 'stuck' ? 0 : 60_000 });
setInterval(() => undefined, 1000);
logger.info('running');
if (mode === 'throw') setImmediate(fail);
if (mode === 'reject') setImmediate(() => void Promise.reject(new Error('rejected')));

const echoed = new Promise((resolve) => {
  process.on('SIGTERM', resolve);
});

async function stop(): Promise<boolean> {
  if (mode === 'echo') await echoed;
  if (mode === 'stuck' || mode === 'late') await new Promise(() => undefined);
  if (mode === 'clean' || mode === 'echo') logger.info('stopped cleanly');
  return mode === 'clean' || mode === 'echo';
}

function fail(): never {
  throw new Error('thrown');
}
