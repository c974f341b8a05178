import { mkdtemp } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDockerServer, isDockerRunning } from './docker.ts';
import { findFreePort } from './free-port.ts';
import { canRun, runCommand } from './run-command.ts';
import type { TestServer } from './server-process.ts';
import { createServerProcess } from './server-process.ts';

/** A real Redis that keeps nothing on disk, as the cache uses it. Address: `redis://127.0.0.1:<port>`. */
export async function createRedis(): Promise<TestServer> {
  const port = await findFreePort();
  const address = `redis://127.0.0.1:${port}`;
  const directory = await mkdtemp(join(tmpdir(), 'plexus-redis-'));
  const settings = ['--port', String(port), '--save', '', '--appendonly', 'no', '--protected-mode', 'no'];
  const common = { name: 'Redis', address, directory, isReady: () => answersPing(port) };
  if (!(await hasRedis()))
    return createDockerServer({ ...common, port, image: 'redis:7', args: ['redis-server', ...settings] });
  return createServerProcess({
    ...common,
    run: () => ({ command: 'redis-server', args: ['--bind', '127.0.0.1', '--dir', directory, ...settings] }),
  });
}

/** False where Docker has to do. */
async function hasRedis(): Promise<boolean> {
  if (await canRun('redis-server', ['--version'])) return true;
  if (process.getuid?.() === 0 && (await canRun('apt-get', ['--version']))) {
    await runCommand('apt-get', ['update', '-q']);
    await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'redis-server']);
    return true;
  }
  if (await isDockerRunning()) return false;
  throw new Error(
    'The tests need Redis: install redis-server 7 or newer, or give the address of one in PLEXUS_TEST_REDIS.',
  );
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => socket.destroy());
    socket.once('close', () => resolve(false));
  });
}
