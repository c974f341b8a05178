// Started by embedded-postgres.integration.spec.ts in a process of its own: runs the embedded Postgres of a data folder.
import { createLogger, reportFailedStart, runUntilSignal } from '@plexus/service-shell';
import { EmbeddedPostgres } from '../src/embedded/embedded-postgres.ts';

const logger = createLogger({ service: 'embedded-program', level: 'info' });
const dataDir = process.argv[2] ?? '';

try {
  const postgres = await EmbeddedPostgres.start({
    dataDir,
    logger,
    onLost: (error) => {
      throw error;
    },
  });
  const stop = async () => {
    await postgres.stop();
    return true;
  };
  runUntilSignal({ logger, deadlineMs: 20_000, stop });
  logger.info('running', { url: postgres.url, postgres: postgres.pid });
} catch (error) {
  reportFailedStart(error);
}
