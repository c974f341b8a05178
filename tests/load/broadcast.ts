import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PostgresDatabase, PostgresUsers } from '@plexus/storage-postgres';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { launchCluster } from '../../scripts/cluster/launch-cluster.ts';
import { laboratorySettings } from '../../scripts/cluster/service-configuration.ts';
import type { MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../support/matrix-client.ts';

/**
 * A broadcast to many users, through a `kill -9` of notices in the middle, while somebody sends messages:
 * `node --conditions=plexus-source tests/load/broadcast.ts --users 2000 --rate 100` (100,000 users for the large one).
 * Says how fast it is, what it does to other sends, and whether each user has one room and one notice.
 */
const { values } = parseArgs({
  options: { users: { type: 'string', default: '2000' }, rate: { type: 'string', default: '100' } },
});
const users = Number(values.users);
const BROADCASTS = '/_plexus/admin/v1/broadcasts';
const ADDED_AT_ONCE = 100;
const SEND_EVERY_MS = 50;
const IDLE_MS = 15_000;

const deployment = await launchCluster({
  serverName: 'one.test',
  settings: { ...laboratorySettings, server_notices: { system_mxid_localpart: 'notices' } },
  services: ['event-persister', 'client-api', 'sync', 'notices'],
  isLasting: true,
});
const database = new PostgresDatabase({
  url: deployment.addresses.postgres ?? '',
  applicationName: 'plexus measurement',
});
try {
  await measure(deployment);
} finally {
  await database.close();
  await deployment.dispose();
}

async function measure({ command, processesOf }: Deployment): Promise<void> {
  await addUsers();
  await command(['user', 'create', '@root:one.test', '--admin', '--password', 'wonderland']);
  const http = new MatrixHttp(deployment);
  const root = await http.login('@root:one.test');
  const talker = await http.register('talker');
  const roomId = await talker.createRoom();
  const idle = await talk(talker, roomId, () => delay(IDLE_MS));
  for (const round of ['rooms are made', 'rooms are there']) {
    const begun = performance.now();
    const asked = { content: { msgtype: 'm.text', body: round }, per_second: Number(values.rate) };
    const started = await root.call('POST', BROADCASTS, asked);
    const path = `${BROADCASTS}/${textOf(started.body, 'broadcast_id')}`;
    let progress = await root.ask('GET', path);
    const busy = await talk(talker, roomId, async () => {
      const [dying] = processesOf('notices');
      for (let isKilled = false; progress['status'] !== 'complete'; progress = await root.ask('GET', path)) {
        await delay(200);
        if (isKilled || Number(progress['sent']) < users / 2) continue;
        isKilled = true;
        await dying?.kill();
        await dying?.start();
      }
    });
    const seconds = (performance.now() - begun) / 1_000;
    console.log(
      `${round}: ${progress['sent']} sent, ${progress['failed']} failed in ${seconds.toFixed(1)} s,`,
      `${(Number(progress['sent']) / seconds).toFixed(0)}/s; p99 of sends ${p99(busy)} ms (idle ${p99(idle)} ms)`,
    );
  }
  console.log(await countNotices());
}

async function addUsers(): Promise<void> {
  const repository = new PostgresUsers(database);
  for (let first = 0; first < users; first += ADDED_AT_ONCE) {
    const names = Array.from({ length: Math.min(ADDED_AT_ONCE, users - first) }, (_, index) => `user${first + index}`);
    await Promise.all(
      names.map((name) => repository.addUser({ userId: `@${name}:one.test`, passwordHash: undefined })),
    );
  }
}

/** Says something again and again while something else goes on; gives how long each took, in milliseconds. */
async function talk(talker: MatrixClient, roomId: string, meanwhile: () => Promise<void>): Promise<number[]> {
  const took: number[] = [];
  const going = { isDone: false };
  const done = meanwhile().finally(() => (going.isDone = true));
  while (!going.isDone) {
    const begun = performance.now();
    await talker.send(roomId, 'hello');
    took.push(performance.now() - begun);
    await delay(SEND_EVERY_MS);
  }
  await done;
  return took;
}

function p99(took: readonly number[]): string {
  return (took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)] ?? 0).toFixed(1);
}

/** How many rooms of notices there are, and of how many the messages are not those two. */
async function countNotices(): Promise<string> {
  const { rows } = await database.query<{ rooms: number; wrong: number }>(
    `select count(*) as rooms, count(*) filter (where said <> 2) as wrong from (
       select n.user_id, count(e.event_nid) as said from notice_rooms n
         join rooms r on r.room_id = n.room_id
         left join events e on e.shard = r.shard and e.room_nid = r.room_nid
           and position('"type":"m.room.message"'::bytea in e.json) > 0
        where n.user_id like '@user%' group by n.user_id) as counted`,
  );
  return `rooms: ${rows[0]?.rooms} of ${users}; users with another number of notices than two: ${rows[0]?.wrong}`;
}
