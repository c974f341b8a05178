import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresUsers } from '@plexus/storage-postgres';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { buildProgram } from './build-program.ts';
import type { CommandContext } from './command-context.ts';

let folder: string;
let path: string;
let temporary: TestDatabase;
let printed: string[];
let isOurs = false;

beforeAll(async () => {
  temporary = await createTestDatabase({ isMigrated: false });
  folder = await mkdtemp(join(tmpdir(), 'plexus-commands-'));
  path = join(folder, 'plexus.yaml');
  const cost = '{ memory_kib: 8, iterations: 1, parallelism: 1 }';
  await writeFile(path, `servers: [{ server_name: one.example }]\npassword_hashing: ${cost}\nroom_shards: 4\n`);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await temporary.drop();
});

function run(...words: string[]): Promise<string[]> {
  return runAll(...words, '--config', path);
}

async function runAll(...words: string[]): Promise<string[]> {
  printed = [];
  const context: CommandContext = {
    findDatabases: async () => ({ rooms: temporary.url, accounts: temporary.url, isOurs, close: async () => {} }),
    print: (line) => printed.push(line),
    askPassword: async () => 'asked',
  };
  const program = buildProgram(context, async () => void printed.push('running'));
  program.exitOverride().configureOutput({ writeErr: () => {} });
  await program.parseAsync(words, { from: 'user' });
  return printed;
}

it('checks a configuration', async () => {
  expect(await run('config', 'check')).toEqual([
    'The configuration is good: 1 listeners; hosted servers: one.example.',
  ]);
});

it('takes the configuration file before the command too, and runs without a command', async () => {
  const checked = await runAll('--config', path, 'config', 'check');
  expect(checked).toEqual(await run('config', 'check'));
  expect(await run()).toEqual(['running']);
});

it('adds nobody before the tables are there, says so, and then migrates once', async () => {
  await expect(run('user', 'create', 'alice')).rejects.toThrow('plexus migrate');
  expect((await run('migrate')).at(-1)).toMatch(/^Applied \d+ migrations\.$/);
  expect(await run('migrate')).toEqual(['The tables are up to date.']);
});

it('prepares an embedded database of its own before it adds the first user', async () => {
  const fresh = await createTestDatabase({ isMigrated: false });
  const shared = temporary;
  [temporary, isOurs] = [fresh, true];
  try {
    expect(await run('user', 'create', 'alice', '--admin')).toEqual(['Created @alice:one.example, an administrator.']);
  } finally {
    [temporary, isOurs] = [shared, false];
    await fresh.drop();
  }
});

it('adds users and administrators, once each', async () => {
  const users = new PostgresUsers(temporary.database);
  expect(await run('user', 'create', 'alice', '--admin')).toEqual(['Created @alice:one.example, an administrator.']);
  expect(await users.findUser('@alice:one.example')).toMatchObject({ isDeploymentAdmin: true });
  expect(await run('user', 'create', 'dora', '--server-admin')).toEqual([
    'Created @dora:one.example, an administrator of its server.',
  ]);
  expect(await users.findUser('@dora:one.example')).toMatchObject({ isAdmin: true, isDeploymentAdmin: false });
  expect(await run('user', 'create', '@bob:one.example', '--password', 'x')).toEqual(['Created @bob:one.example.']);
  expect(await users.findUser('@bob:one.example')).toMatchObject({ isAdmin: false });
  await expect(run('user', 'create', 'alice')).rejects.toThrow('already taken');
  await expect(run('user', 'create', '@a:two.example')).rejects.toThrow('not hosted');
  await expect(run('user', 'create', 'Upper')).rejects.toThrow('username');
  await expect(run('user', 'create', 'carol', '--password', '')).rejects.toThrow('empty');
});

it('gives a hosted server another key to sign with', async () => {
  const [line = ''] = await run('server', 'rotate-key', 'one.example');
  const keys = await temporary.database.query('select key_id from server_signing_keys order by created_at desc');
  expect(line).toBe(`one.example signs with ${String(keys.rows[0]?.['key_id'])} now.`);
  expect(keys.rows).toHaveLength(2);
  await expect(run('server', 'rotate-key', 'two.example')).rejects.toThrow('not hosted here');
});
