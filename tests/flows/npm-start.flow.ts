import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findFreePort } from '../support/servers/free-port.ts';
import { endAllStarted, npmStart } from './support/npm-start.ts';
import type { StartedByNpm } from './support/npm-start.ts';

const root = new URL('../..', import.meta.url).pathname;
let folder: string;
let port: number;

async function prepare(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'plexus-npm-start-'));
  port = await findFreePort();
}

async function cleanUp(): Promise<void> {
  await endAllStarted();
  await rm(folder, { recursive: true });
}

function start(args: readonly string[] = [], environment: Record<string, string> = {}): Promise<StartedByNpm> {
  return npmStart(args, { ...variables(), ...environment });
}

/** @NOTE An empty PLEXUS_CONFIG counts as none. */
function variables(): Record<string, string> {
  return { PLEXUS_PORT: String(port), PLEXUS_DATA_DIR: join(folder, 'data'), PLEXUS_CONFIG: '' };
}

function post(path: string, body: object, at = port): Promise<Response> {
  return fetch(`http://localhost:${at}/_matrix/client/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
}

function register(username: string, at = port): Promise<Response> {
  return post('register', { username, password: 'wonderland', auth: { type: 'm.login.dummy' } }, at);
}

function logIn(user: string): Promise<Response> {
  return post('login', { type: 'm.login.password', identifier: { type: 'm.id.user', user }, password: 'wonderland' });
}

async function isAnswering(): Promise<boolean> {
  return fetch(`http://localhost:${port}/_matrix/client/versions`).then(
    () => true,
    () => false,
  );
}

function hasPostgres(): boolean {
  return existsSync(join(folder, 'data/postgres/postmaster.pid'));
}

describe('npm start', () => {
  beforeEach(prepare);
  afterEach(cleanUp);

  it('greets, ends with its Postgres on either signal, and keeps its data', async () => {
    const first = await start();
    expect(first.greeting).toContain(`http://localhost:${port} and hosts localhost`);
    expect((await register('alice')).status).toBe(200);
    expect(hasPostgres()).toBe(true);
    await first.end('SIGTERM');
    expect([await isAnswering(), hasPostgres()]).toEqual([false, false]);
    const second = await start();
    expect((await logIn('alice')).status).toBe(200);
    await second.end('SIGINT', 'group');
    expect([await isAnswering(), hasPostgres()]).toEqual([false, false]);
  });

  it('says in one sentence that the port is taken', async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(port, '127.0.0.1', resolve));
    const failed = start();
    await expect(failed).rejects.toThrow(/^[^\n]*port \d+[^\n]*\n$/i);
    occupant.close();
    expect(hasPostgres()).toBe(false);
  });

  it.each([
    ['servers: []\nrate_limit: {}', /rate_limit: .*unknown/i],
    ['servers: []\nlisteners: [{ port: 99999999 }]', /listeners\[0\]\.port/],
  ])('names what is wrong in the configuration: %s', async (yaml, path) => {
    const file = join(folder, 'plexus.yaml');
    await writeFile(file, yaml);
    await expect(start(['--config', file])).rejects.toThrow(path);
    await expect(start([], { PLEXUS_CONFIG: file })).rejects.toThrow(path);
  });
});

describe('npm start, while it runs', () => {
  beforeAll(async () => {
    await prepare();
    await start();
  });
  afterAll(cleanUp);

  it('gets its first administrator while it runs', async () => {
    const create = ['run', '--silent', 'plexus', '--', 'user', 'create', '--admin', 'ada', '--password', 'wonderland'];
    const made = spawnSync('npm', create, { cwd: root, env: { ...process.env, ...variables() }, encoding: 'utf8' });
    expect([made.stdout, made.status]).toEqual(['Created @ada:localhost, an administrator.\n', 0]);
    const { access_token: token } = (await (await logIn('ada')).json()) as { access_token: string };
    const servers = await fetch(`http://localhost:${port}/_plexus/admin/v1/servers`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await servers.json()).toMatchObject({ servers: [{ server_name: 'localhost' }] });
  });

  it('runs beside another one with a port and a data folder of its own', async () => {
    const other = await findFreePort();
    await start([], { PLEXUS_PORT: String(other), PLEXUS_DATA_DIR: join(folder, 'other') });
    expect((await register('alice')).status).toBe(200);
    expect((await register('alice', other)).status).toBe(200);
  });
});
