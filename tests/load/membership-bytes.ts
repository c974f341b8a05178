// node tests/load/membership-bytes.ts [--members 20000] [--changes 2000]
// What a membership change adds to the database in a room of many members: all tables with their indexes. Registers the members, so
// it takes some minutes.
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { launchEmbedded } from '../../scripts/cluster/launch-embedded.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp } from '../support/matrix-client.ts';

const { values: options } = parseArgs({
  options: { members: { type: 'string', default: '20000' }, changes: { type: 'string', default: '2000' } },
});
const AT_ONCE = 16;

const deployment = await launchEmbedded();
const http = new MatrixHttp(deployment);
const database = new Client({ connectionString: deployment.addresses.postgres });
try {
  await database.connect();
  const owner = await http.register('owner');
  const roomId = await owner.createRoom({ preset: 'public_chat' });
  const members = await inLanes(Number(options.members) - 1, (index) => http.register(`member${index}`));
  await inLanes(members.length, (index) => memberAt(members, index).join(roomId));
  const before = await readSizes();
  const changes = Number(options.changes);
  await inLanes(changes, async (index) => {
    const member = memberAt(members, (index * 7_919) % members.length);
    await (index % 2 === 0 ? member.leave(roomId) : rename(member, roomId, index));
  });
  report(before, await readSizes(), changes);
} finally {
  await database.end();
  http.close();
  await deployment.dispose();
}

/** Does something so many times, several at once; the results in the order of their numbers. */
async function inLanes<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

function memberAt(members: readonly MatrixClient[], index: number): MatrixClient {
  const member = members[index];
  if (member === undefined) throw new Error(`there is no member ${index}`);
  return member;
}

async function rename(member: MatrixClient, roomId: string, index: number): Promise<void> {
  const content = { membership: 'join', displayname: `Somebody called ${index}` };
  await member.setState(roomId, 'm.room.member', content, member.userId);
}

/** Bytes of every table, its indexes and what is stored beside it, after what is dead has been cleared away. */
async function readSizes(): Promise<Map<string, number>> {
  await database.query('vacuum');
  const { rows } = await database.query<{ relname: string; bytes: string }>(
    `select relname, pg_total_relation_size(oid) as bytes from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  return new Map(rows.map(({ relname, bytes }) => [relname, Number(bytes)]));
}

function report(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>, changes: number): void {
  const grown = [...after]
    .map(([table, bytes]) => ({ table, perChange: (bytes - (before.get(table) ?? 0)) / changes }))
    .filter(({ perChange }) => perChange > 0)
    .toSorted((a, b) => b.perChange - a.perChange);
  const total = grown.reduce((sum, { perChange }) => sum + perChange, 0);
  console.log(`| table | bytes per membership change, of ${changes} in a room of ${options.members} |`);
  console.log('|---|---:|');
  for (const { table, perChange } of [...grown, { table: 'all', perChange: total }])
    console.log(`| ${table} | ${perChange.toFixed(0)} |`);
}
