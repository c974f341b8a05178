import { appendFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../../../tests/support/test-database.ts';
import type { TestDatabase } from '../../../../tests/support/test-database.ts';
import { MANIFEST, readManifest } from './backup-manifest.ts';
import { restoreBackup } from './restore-backup.ts';
import { restoreServer } from './restore-server.ts';
import { writeBackup } from './write-backup.ts';

/** With what must not end a line, nor lose a digit. */
const NASTY = 'one\u2028two\nthree\t"four" \\ five\r 🎷';

describe('a backup', () => {
  let source: TestDatabase;
  let target: TestDatabase;
  let parent: string;
  let folder: string;
  beforeEach(async () => {
    [source, target] = [await createTestDatabase(), await createTestDatabase({ isMigrated: false })];
    parent = await mkdtemp(join(tmpdir(), 'plexus-backup-'));
    folder = join(parent, 'backup');
    await source.database.query(
      `insert into users (user_id, server_name, displayname) values ('@alice:one.example', 'one.example', $1)`,
      [NASTY],
    );
    await source.database.query(
      `insert into event_reports (room_id, event_id, sender, reporter, reporter_server, reason)
       select '!r', '$e', '@a:b', '@c:d', 'd', $1 from generate_series(1, 1200)`,
      [NASTY],
    );
    await source.database.query('delete from event_reports where id > 1100');
    await source.database.query(`update room_shards set position = 5, projected = 4, owner_address = 'somebody'`);
    await source.database.query(
      `insert into rooms (shard, room_nid, room_id, room_version, current_root, forward_extremities, depth, topological_position)
       values (1, 9007199254740991, '!r', '11', 3, '{1,9007199254740991}', 4, 5)`,
    );
    await source.database.query(
      `insert into state_nodes (shard, room_nid, node_nid, body) values (1, 9007199254740991, 3, '\\x00ff10')`,
    );
  });
  afterEach(async () => {
    await Promise.all([source.drop(), target.drop()]);
    await rm(parent, { recursive: true });
  });

  const back = (): ReturnType<typeof writeBackup> =>
    writeBackup({ urls: { rooms: source.url, accounts: source.url }, folder });
  const restore = (): ReturnType<typeof restoreBackup> =>
    restoreBackup({ urls: { rooms: target.url, accounts: target.url }, folder });

  const restoreOne = (): ReturnType<typeof restoreServer> => {
    const urls = { rooms: source.url, accounts: source.url };
    return restoreServer({ urls, folder, serverName: 'one.example', clock: { delay: async () => undefined } });
  };

  it('has everything, and a restore brings it back in a new generation', async () => {
    const { tables } = await back();
    const { generation } = await restore();
    expect(generation).toBeGreaterThan(1);
    const kept = tables.filter(({ name }) => !['deployment', 'room_shards', 'generation_starts'].includes(name));
    for (const { name } of kept.filter((table) => !/lineage|cache_generation|topic_partitions/.test(table.name)))
      expect({ name, rows: await rowsOf(target, name) }).toEqual({ name, rows: await rowsOf(source, name) });
    const { rows } = await target.database.query('select * from room_shards order by shard');
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row).toMatchObject({ generation, position: 5, projected: 4, owner_address: null });
    const { rows: next } = await target.database.query(
      `insert into event_reports (room_id, event_id, sender, reporter, reporter_server) values ('!r', '$f', '', '', '')
       returning id`,
    );
    expect(next[0]?.['id']).toBe(1201);
  });

  it('brings back what is gone of one server, and leaves alone what is there', async () => {
    const { database } = source;
    await database.query(
      `insert into hosted_servers (server_name, settings, origin) values ('one.example', '{}', 'api')`,
    );
    await database.query(
      `insert into users (user_id, server_name) values ('@bob:one.example', 'one.example'), ('@eve:two.example', 'two.example')`,
    );
    await database.query(`insert into user_streams (user_id, position) values ('@alice:one.example', 3)`);
    await database.query(`insert into user_streams (user_id, position) values ('@eve:two.example', 3)`);
    await back();
    await database.query('delete from hosted_servers');
    await database.query(`delete from users where user_id <> '@bob:one.example'`);
    await database.query(`update users set displayname = 'changed since'`);
    const generations = 'select generation::int from cache_generation';
    const [before] = (await database.query<{ generation: number }>(generations)).rows;
    const { accounts, rooms } = await restoreOne();
    expect(Object.fromEntries(accounts)).toEqual({ hosted_servers: 1, users: 1 });
    expect(rooms).toEqual({ restored: 0, elsewhere: 0 });
    const { rows } = await database.query('select user_id, displayname from users order by 1');
    expect(rows).toEqual([
      { user_id: '@alice:one.example', displayname: NASTY },
      { user_id: '@bob:one.example', displayname: 'changed since' },
    ]);
    const streams = await database.query('select user_id, position > 3 as is_beyond from user_streams order by 1');
    expect(streams.rows).toEqual([
      { user_id: '@alice:one.example', is_beyond: true },
      { user_id: '@eve:two.example', is_beyond: false },
    ]);
    expect((await database.query(generations)).rows).toEqual([{ generation: (before?.generation ?? 0) + 2 }]);
    await expect(restoreOne()).rejects.toThrow('nothing');
  });

  it('is restored into empty databases only', async () => {
    await back();
    const used = restoreBackup({ urls: { rooms: source.url, accounts: source.url }, folder });
    await expect(used).rejects.toThrow('empty');
    await expect(back()).rejects.toThrow('not empty');
  });

  it('that was not finished, or was damaged, is refused', async () => {
    await back();
    await truncate(join(folder, 'users.jsonl.gz'), 20);
    await expect(restore()).rejects.toThrow('unexpected end of file');
    const { rows } = await target.database.query('select count(*)::int as n from deployment');
    expect(rows[0]).toEqual({ n: 0 });
    await rm(join(folder, MANIFEST));
    await expect(readManifest(folder)).rejects.toThrow('not finished');
    await appendFile(join(folder, MANIFEST), '{ "format": 99 }');
    await expect(readManifest(folder)).rejects.toThrow('format 99');
  });
});

async function rowsOf({ database }: TestDatabase, table: string): Promise<string[]> {
  const { rows } = await database.query<{ line: string }>(
    `select row_to_json(t)::text as line from "${table}" t order by 1`,
  );
  return rows.map(({ line }) => line);
}
