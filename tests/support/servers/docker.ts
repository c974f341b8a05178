import { basename } from 'node:path';
import { canRun, runCommand } from './run-command.ts';
import type { ServerCommand, TestServer } from './server-process.ts';
import { createServerProcess } from './server-process.ts';

export interface DockerServer extends Omit<ServerCommand, 'run'> {
  readonly image: string;
  readonly port: number;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export function isDockerRunning(): Promise<boolean> {
  return canRun('docker', ['info']);
}

/** A server in a container, for machines that cannot run it themselves. Its data does not outlive a `kill`. */
export function createDockerServer(server: DockerServer): TestServer {
  const container = basename(server.directory);
  const environment = Object.entries(server.environment ?? {}).flatMap(([name, value]) => [
    '--env',
    `${name}=${value}`,
  ]);
  const published = ['--publish', `127.0.0.1:${server.port}:${server.port}`];
  const args = ['run', '--rm', '--name', container, ...published, ...environment, server.image, ...(server.args ?? [])];
  const alsoKill = `docker kill ${container}`;
  const client = createServerProcess({ ...server, alsoKill, run: () => ({ command: 'docker', args }) });
  return {
    ...client,
    async kill() {
      await runCommand('docker', ['kill', container]);
      await client.kill();
    },
  };
}
