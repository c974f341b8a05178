import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { explainFailure, PLEXUS_VERSION } from '@plexus/service-shell';
import {
  PostgresAuditLog,
  PostgresDroppedCaches,
  PostgresServerRemovals,
  PostgresSessions,
  PostgresUsers,
} from '@plexus/storage-postgres';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { buildProgram } from './build-program.ts';
import type { CommandContext } from './command-context.ts';

let folder: string;
let path: string;
let temporary: TestDatabase;
let printed: string[];
let complaint = '';
/** Where the databases are, if not where they should be. */
let elsewhere: string | undefined;
let isOurs = false;
let hasFailed = false;
/** What the operator answers. */
let answer = '';
let asked: string[] = [];

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
  [printed, asked, complaint] = [[], [], ''];
  const context: CommandContext = {
    findDatabases: async () => {
      const url = elsewhere ?? temporary.url;
      return { rooms: url, accounts: url, isOurs, close: async () => {} };
    },
    print: (line) => printed.push(line),
    askPassword: async () => 'asked',
    fail: () => void (hasFailed = true),
    confirm: async (question, word) => {
      asked.push(question);
      return answer === word;
    },
  };
  const program = buildProgram(context, async () => void printed.push('running'));
  for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)])
    command.exitOverride().configureOutput({ writeErr: (text) => (complaint += text), writeOut: () => {} });
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

it('says which release it is, and refuses a command that there is not', async () => {
  await expect(run('--version')).rejects.toThrow(PLEXUS_VERSION);
  await expect(run('sever', 'list')).rejects.toMatchObject({ exitCode: 1 });
  expect(complaint).toBe("error: there is no command 'sever'\n(--help lists what there is)\n");
  await expect(run('server', 'lost')).rejects.toMatchObject({ exitCode: 1 });
  expect(complaint).toBe("error: unknown command 'lost'\n(Did you mean list?)\n(--help lists what there is)\n");
  await expect(run('migrate', 'now')).rejects.toMatchObject({ exitCode: 1 });
  expect(complaint).toContain('too many arguments');
});

it.each([['migrate'], ['user', 'list'], ['server', 'list']])(
  'says in one sentence that Postgres is away: %s',
  async (...words) => {
    elsewhere = 'postgres://nobody@127.0.0.1:1/nothing';
    const failure: unknown = await run(...words).then(
      () => 'it did not fail',
      (error: unknown) => error,
    );
    elsewhere = undefined;
    expect(explainFailure(failure)).toMatch(/^[^\n]*ECONNREFUSED[^\n]*$/);
  },
);

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

it('publishes a key that a hosted server had elsewhere', async () => {
  const key = 'BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU';
  const words = ['--key-id', 'ed25519:a_former', '--public-key', key];
  const expired = '2026-03-01T12:00:00.000Z';
  expect(await run('server', 'import-key', 'three.example', ...words, '--expired', expired)).toEqual([
    `three.example publishes ed25519:a_former as expired ${expired}.`,
  ]);
  const [own, former] = await run('server', 'keys', 'three.example');
  expect(own).toMatch(/ {2}active$/);
  expect(former).toBe(`ed25519:a_former  ${key}  had elsewhere, until ${expired}`);
  await expect(run('server', 'import-key', 'three.example', ...words, '--expired', 'soon')).rejects.toThrow(
    'has not expired',
  );
  await expect(run('server', 'import-key', 'nowhere.example', ...words, '--expired', '5')).rejects.toThrow(
    'not hosted here',
  );
});

it('sets what a hosted server may use, and its settings as a whole', async () => {
  const words = ['--users', '20', '--event-bytes', '1000000'];
  expect(await run('server', 'set-quotas', 'three.example', ...words)).toEqual([
    'three.example may use: 20 accounts, 1000000 bytes of events.',
  ]);
  expect(await run('server', 'show', 'three.example')).toContain('may use: 20 accounts, 1000000 bytes of events');
  expect(await run('server', 'set-quotas', 'three.example', '--event-bytes', 'none')).toEqual([
    'three.example may use: 20 accounts.',
  ]);
  await expect(run('server', 'set-quotas', 'three.example')).rejects.toThrow('Name a quota');
  await expect(run('server', 'set-quotas', 'three.example', '--users', '-1')).rejects.toThrow('"-1" is no quota');
  await expect(run('server', 'set-quotas', 'one.example', '--users', '1')).rejects.toThrow('in the configuration file');
  const file = join(folder, 'settings.json');
  const [written = ''] = await run('server', 'settings', 'three.example');
  expect(JSON.parse(written)).toEqual({
    public_baseurl: 'https://m.three.example',
    registration: { enabled: true },
    quotas: { max_users: 20 },
  });
  await writeFile(file, '{ "registration": { "enabled": false } }');
  expect(await run('server', 'settings', 'three.example', '--from', file)).toEqual([
    'three.example has other settings.',
  ]);
  expect(JSON.parse((await run('server', 'settings', 'three.example')).join('\n'))).toEqual({
    registration: { enabled: false },
  });
  await writeFile(file, '{ "registration": ');
  await expect(run('server', 'settings', 'three.example', '--from', file)).rejects.toThrow('not JSON');
  await writeFile(file, '{ "registrations": {} }');
  await expect(run('server', 'settings', 'three.example', '--from', file)).rejects.toThrow('additional properties');
  await expect(run('server', 'settings', 'three.example', '--from', `${file}.no`)).rejects.toThrow('cannot be read');
});

it('removes a hosted server where the operator writes its name', async () => {
  await expect(run('server', 'remove', 'one.example')).rejects.toThrow('out of the configuration file');
  await expect(run('server', 'remove', 'nowhere.example')).rejects.toThrow('not hosted here');
  answer = 'yes';
  await expect(run('server', 'remove', 'three.example')).rejects.toThrow('three.example stays as it is.');
  expect(asked).toEqual([expect.stringMatching(/^three\.example goes with 0 accounts/)]);
  isOurs = true;
  await expect(run('server', 'remove', 'three.example', '--wait')).rejects.toThrow('leave --wait out');
  expect(await run('server', 'list')).toContain('three.example  active');
  answer = 'three.example';
  const closed = 'three.example is closed, and is being removed: 0 of 0 accounts are gone.';
  expect(await run('server', 'remove', 'three.example')).toEqual([closed, 'The rest is done as soon as Plexus runs.']);
  isOurs = false;
  expect(await run('server', 'list')).toContain('three.example  removing');
  answer = '';
  expect(await run('server', 'remove', 'three.example')).toEqual([closed]);
  await expect(run('server', 'resume', 'three.example')).rejects.toThrow('being removed');
});

it('waits until nothing is left of a hosted server', async () => {
  const removals = new PostgresServerRemovals(temporary.database);
  const waiting = run('server', 'remove', 'three.example', '--yes', '--wait');
  const { claim } = (await removals.claimRemoval(60_000)) ?? { claim: '' };
  await removals.recordProgress(claim, { step: 'rooms', roomsLeft: 3 }, 60_000);
  await vi.waitFor(() => expect(printed.at(-1)).toContain('all accounts are gone, 3 rooms are left'), 10_000);
  await removals.removeServerRows('three.example');
  await removals.recordProgress(claim, { step: 'done', roomsLeft: 0 }, 60_000);
  expect((await waiting).at(-1)).toBe('three.example is gone.');
  expect(await run('server', 'list')).toEqual(['one.example  active  of the configuration file']);
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

it('changes accounts, and has a Plexus that may run forget what it keeps in its own memory', async () => {
  const dropped = new PostgresDroppedCaches(temporary.database);
  await dropped.refresh();
  const before = dropped.current();
  expect(await run('user', 'lock', '@bob:one.example')).toEqual(['@bob:one.example is locked.']);
  await run('user', 'unlock', '@bob:one.example');
  await dropped.refresh();
  expect(dropped.current()).toBe(before + 2);
  isOurs = true;
  try {
    const users = new PostgresUsers(temporary.database);
    expect(await run('user', 'lock', '@bob:one.example')).toEqual(['@bob:one.example is locked.']);
    expect(await users.findUser('@bob:one.example')).toMatchObject({ isLocked: true });
    expect(await run('user', 'unlock', '@bob:one.example')).toEqual(['@bob:one.example is unlocked.']);
    expect(await run('user', 'suspend', '@bob:one.example')).toEqual(['@bob:one.example is suspended.']);
    expect(await run('user', 'shadow-ban', '@bob:one.example')).toEqual(['@bob:one.example is heard by nobody.']);
    expect((await run('user', 'show', '@bob:one.example'))[0]).toBe('@bob:one.example  suspended  heard by nobody');
    await run('user', 'unsuspend', '@bob:one.example');
    await run('user', 'lift-shadow-ban', '@bob:one.example');
    expect((await run('user', 'show', '@bob:one.example'))[0]).toBe('@bob:one.example');
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

it('lists the devices of an account, and logs them out', async () => {
  const user = '@dora:one.example';
  const sessions = new PostgresSessions(temporary.database);
  for (const deviceId of ['PHONE', 'TABLET']) {
    const tokenHash = createHash('sha256').update(deviceId).digest();
    await sessions.openSession({ userId: user, deviceId, deviceDisplayName: `of ${deviceId}`, tokenHash });
  }
  expect(await run('user', 'devices', user)).toEqual(['PHONE  of PHONE  never seen', 'TABLET  of TABLET  never seen']);
  isOurs = true;
  try {
    expect(await run('user', 'log-out', user, '--device', 'PHONE')).toEqual([`PHONE of ${user} is logged out.`]);
    await expect(run('user', 'log-out', user, '--device', 'PHONE')).rejects.toThrow('has no device PHONE');
    expect(await sessions.findTokenHashes(user)).toHaveLength(1);
    expect(await run('user', 'log-out', user)).toEqual([`${user} has no session any more.`]);
    expect(await run('user', 'devices', user)).toEqual([]);
    await expect(run('user', 'devices', '@nobody:one.example')).rejects.toThrow('There is no user');
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
  expect(lines).toContain('good     signing keys: each of 1 hosted servers has one');
  expect(lines).toContain('warning  tables: 4 room shards have no owner');
  expect(lines.at(-1)).toMatch(/^\d+ faults, \d+ warnings\.$/);
  // The tests' own Postgres does not wait for its disk.
  const faults = lines.filter((line) => line.startsWith('FAULT') && !line.includes('power failure'));
  expect(faults).toEqual([]);
});

it('works in a pod, which has no secrets but those that its service reads', async () => {
  const own = join(folder, 'pod.yaml');
  const elsewhere = '{ smtp_host: mail.example, notif_from: a@one.example, smtp_pass_path: /nowhere/password }';
  await writeFile(own, `servers: [{ server_name: one.example }]\nroom_shards: 4\nemail: ${elsewhere}\n`);
  expect((await runAll('doctor', '--offline', '--config', own)).at(-1)).toMatch(/^\d+ faults, \d+ warnings\.$/);
  expect(await runAll('server', 'list', '--config', own)).toContain('one.example  active  of the configuration file');
  expect((await runAll('user', 'list', '--config', own)).length).toBeGreaterThan(1);
  await expect(runAll('config', 'check', '--config', own)).rejects.toThrow('email.smtp_pass');
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

it('writes what changes something into the audit log, whatever becomes of it', async () => {
  const log = new PostgresAuditLog(temporary.database);
  const before = (await log.list({ limit: 1 }))[0]?.entryId ?? 0;
  await run('server', 'show', 'one.example');
  await run('server', 'keys', 'one.example');
  await run('user', 'create', 'erin', '--server-admin');
  await expect(run('user', 'create', 'erin')).rejects.toThrow('already taken');
  await expect(run('server', 'suspend', 'nowhere.example')).rejects.toThrow('not hosted here');
  isOurs = true;
  try {
    await run('user', 'lock', '@erin:one.example');
  } finally {
    isOurs = false;
  }
  const entries = (await log.list({ limit: 10 })).filter(({ entryId }) => entryId > before);
  expect(entries.map(({ action, target, outcome }) => [action, target, outcome?.httpStatus])).toEqual([
    ['plexus user lock', { userId: '@erin:one.example' }, 200],
    ['plexus server suspend', { serverName: 'nowhere.example' }, 404],
    ['plexus user create', { userId: '@erin:one.example' }, 400],
    ['plexus user create --server-admin', { userId: '@erin:one.example' }, 200],
  ]);
  expect(entries[0]).toMatchObject({ administrator: 'plexus command', serverName: 'one.example', scope: 'deployment' });
});
