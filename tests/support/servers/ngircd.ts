import { mkdtemp, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './free-port.ts';
import { canRun, runCommand } from './run-command.ts';
import type { TestServer } from './server-process.ts';
import { createServerProcess } from './server-process.ts';

/** An IRC server. */
export interface IrcServer extends TestServer {
  readonly port: number;
}

/** A real ngIRCd that punishes nobody for talking fast. Address: `127.0.0.1:<port>`. */
export async function createIrcServer(): Promise<IrcServer> {
  await needNgircd();
  const port = await findFreePort();
  const directory = await mkdtemp(join(tmpdir(), 'plexus-ngircd-'));
  const config = join(directory, 'ngircd.conf');
  await writeFile(config, configuration(port));
  const server = createServerProcess({
    name: 'ngIRCd',
    address: `127.0.0.1:${port}`,
    directory,
    isReady: () => accepts(port),
    run: () => ({ command: 'ngircd', args: ['--nodaemon', '--config', config] }),
  });
  return { ...server, port };
}

function configuration(port: number): string {
  return `[Global]
Name = irc.test
Info = for tests
Listen = 127.0.0.1
Ports = ${port}
MotdPhrase = hello
ServerUID = 65534
ServerGID = 65534
[Limits]
MaxConnectionsIP = 0
MaxNickLength = 40
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
`;
}

/** Installs it where that is possible and it is missing; else throws. */
export async function needNgircd(): Promise<void> {
  if (await canRun('ngircd', ['--version'])) return;
  if (process.getuid?.() === 0 && (await canRun('apt-get', ['--version']))) {
    await runCommand('apt-get', ['update', '-q']);
    await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'ngircd']);
    return;
  }
  throw new Error('The test of an IRC bridge needs ngIRCd (on Debian: ngircd) to be installed.');
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
