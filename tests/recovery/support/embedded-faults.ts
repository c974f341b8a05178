import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../../support/servers/wait-until.ts';
import type { Fault, Scene } from './stage.ts';
import { pickProcess } from './stage.ts';

/** The one process dies, and is started again. */
export const killPlexus: Fault<Scene> = {
  name: 'kill -9 plexus',
  async inflict(stage) {
    const plexus = pickProcess(stage, 'plexus');
    await plexus.kill();
    await plexus.start();
  },
};

/** The Postgres of the one process dies, which has to start it again. */
export const killPostgresOfPlexus: Fault<Scene> = {
  name: 'kill -9 the Postgres of plexus',
  async inflict({ deployment }) {
    const file = join(deployment.dataFolder ?? '', 'postgres', 'postmaster.pid');
    const [before = ''] = (await readFile(file, 'utf8')).split('\n');
    process.kill(Number(before), 'SIGKILL');
    await waitUntil('another Postgres', 60_000, async () => {
      const text = await readFile(file, 'utf8').catch(() => '');
      const [pid] = text.split('\n');
      return text.includes('ready') && pid !== before;
    });
  },
};
