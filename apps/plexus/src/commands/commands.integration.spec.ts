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
let hasFailed = false;

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
    fail: () => void (hasFailed = true),
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
  await expect(run('migrate', '--check')).rejects.toThrow(/^\d+ migrations are missing: run plexus migrate\.$/);
  expect(printed).toContain('Missing: 20260101T000100Z-create-rooms');
  expect((await run('migrate')).at(-1)).toMatch(/^Applied \d+ migrations\.$/);
  expect(await run('migrate')).toEqual(['The tables are up to date.']);
  expect(await run('migrate', '--check')).toEqual(['The tables are up to date.']);
});

it('checks whether newer releases have taken away what this one uses', async () => {
  const record = `insert into schema_migrations (name, area, checksum, is_contraction) values ($1, 'rooms', '', $2)`;
  const names = ['20990101T000000Z-expand', '20990102T000000Z-contract'];
  await temporary.database.query(record, [names[0], false]);
  expect(await run('migrate', '--check')).toEqual([`Of a newer release: ${names[0]}`, 'The tables are up to date.']);
  await temporary.database.query(record, [names[1], true]);
  await expect(run('migrate', '--check')).rejects.toThrow(`newer releases (${names[1]})`);
  await temporary.database.query('delete from schema_migrations where name = any($1)', [names]);
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

it('adds, shows, suspends and resumes a hosted server', async () => {
  const [added = ''] = await run(
    'server',
    'add',
    'three.example',
    '--base-url',
    'https://m.three.example',
    '--open-registration',
  );
  expect(added).toMatch(/^three\.example is hosted here now, and signs with ed25519:/);
  await expect(run('server', 'add', 'three.example')).rejects.toThrow('hosted already');
  expect(await run('server', 'list')).toEqual([
    'one.example  active  of the configuration file',
    'three.example  active',
  ]);
  const [first, accounts] = await run('server', 'show', 'three.example');
  expect(first).toBe('three.example  active  https://m.three.example');
  expect(accounts).toBe('accounts: 0 (0 guests, 0 of application services), 0 deactivated');
  expect(await run('server', 'suspend', 'three.example')).toEqual(['three.example is suspended.']);
  expect(await run('server', 'resume', 'three.example')).toEqual(['three.example is active.']);
  await expect(run('server', 'show', 'nowhere.example')).rejects.toThrow('not hosted here');
});

it('lists the keys of a hosted server', async () => {
  const lines = await run('server', 'keys', 'three.example');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^ed25519:\S+ {2}\S{43} {2}active$/);
});

it('lists and shows accounts', async () => {
  expect(await run('user', 'list', '--server', 'one.example')).toEqual([
    '@alice:one.example  administers the deployment',
    '@bob:one.example',
    '@dora:one.example  administers its server',
  ]);
  expect(await run('user', 'list', '--admins', '--limit', '1')).toEqual([
    '@alice:one.example  administers the deployment',
    '… and 1 more.',
  ]);
  expect((await run('user', 'show', '@bob:one.example')).at(-1)).toBe('last seen never; has a password');
  await expect(run('user', 'show', '@nobody:one.example')).rejects.toThrow('There is no user');
});

it('changes accounts only where nobody keeps in memory what they may do', async () => {
  await expect(run('user', 'lock', '@bob:one.example')).rejects.toThrow('admin API');
  isOurs = true;
  try {
    const users = new PostgresUsers(temporary.database);
    expect(await run('user', 'lock', '@bob:one.example')).toEqual(['@bob:one.example is locked.']);
    expect(await users.findUser('@bob:one.example')).toMatchObject({ isLocked: true });
    expect(await run('user', 'unlock', '@bob:one.example')).toEqual(['@bob:one.example is unlocked.']);
    expect(await run('user', 'set-role', '@bob:one.example', 'server')).toEqual([
      '@bob:one.example administers its server.',
    ]);
    await expect(run('user', 'set-role', '@bob:one.example', 'king')).rejects.toThrow('A role is one of');
    const before = (await users.findUser('@bob:one.example'))?.passwordHash;
    await run('user', 'set-password', '@bob:one.example', '--password', 'other');
    expect((await users.findUser('@bob:one.example'))?.passwordHash).not.toBe(before);
    expect(await run('user', 'deactivate', '@bob:one.example')).toEqual(['@bob:one.example is deactivated.']);
    expect(await users.findUser('@bob:one.example')).toMatchObject({ isDeactivated: true, isAdmin: true });
    await expect(run('user', 'deactivate', '@bob:one.example')).rejects.toThrow('is deactivated');
  } finally {
    isOurs = false;
  }
});

it('looks at a deployment and says what to do', async () => {
  const lines = await run('doctor', '--offline');
  expect(lines).toEqual(
    expect.arrayContaining([expect.stringMatching(/^good {5}database \(rooms, accounts\): Postgres \d+ answers/)]),
  );
  expect(lines).toContain('good     tables: they are of this release; 4 room shards');
  expect(lines).toContain('good     signing keys: each of 2 hosted servers has one');
  expect(lines).toContain('warning  tables: 4 room shards have no owner');
  expect(lines.at(-1)).toMatch(/^\d+ faults, \d+ warnings\.$/);
  // The tests' own Postgres does not wait for its disk.
  const faults = lines.filter((line) => line.startsWith('FAULT') && !line.includes('power failure'));
  expect(faults).toEqual([]);
});

it('ends with a fault where something does not work', async () => {
  const other = join(folder, 'other.yaml');
  await writeFile(
    other,
    `servers: []\nroom_shards: 8\ntopics: { adapter: kafka, kafka: { brokers: ['127.0.0.1:1'] } }\n`,
  );
  const lines = await runAll('doctor', '--offline', '--config', other);
  expect(lines).toContain('FAULT    tables: room_shards is 8, the deployment has 4');
  expect(lines).toContain('         → set `room_shards: 4`: the number was fixed when the deployment was created');
  expect(lines.find((line) => line.startsWith('FAULT    Kafka'))).toContain('Kafka cannot be asked');
  expect(hasFailed).toBe(true);
});
