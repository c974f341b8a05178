import { beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { Json, Reply } from '../support/matrix-client.ts';
import { MatrixClient, MatrixHttp, textOf } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
import type { SyncedEvent } from './support/timeline.ts';
import { bodiesOf, followMessages, syncIntoRoom, syncOnce, WHOLE_TIMELINE } from './support/timeline.ts';

const PURGE = '/_synapse/admin/v1/purge_history';

inBothModes('an administrator who cleans up', (deploy) => {
  let deployment: Deployment;
  let replicas: MatrixHttp[];
  let root: MatrixClient;
  beforeAll(async () => {
    deployment = await deploy();
    replicas = [0, 1].map((replica) => new MatrixHttp(deployment.routesTo(replica)));
    const name = uniqueName('root');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    root = await new MatrixHttp(deployment).login(`@${name}:one.test`);
  });

  /** The same user and device, spoken to through each replica. */
  async function registerEverywhere(name: string): Promise<[MatrixClient, MatrixClient]> {
    const [first, second] = replicas;
    if (first === undefined || second === undefined) throw new Error('there are two replicas');
    const { session } = await first.register(uniqueName(name));
    return [new MatrixClient(first, session), new MatrixClient(second, session)];
  }

  async function purge(roomId: string, eventId: string): Promise<void> {
    const path = `${PURGE}/${encodeURIComponent(roomId)}/${encodeURIComponent(eventId)}`;
    const purgeId = textOf(await root.ask('POST', path, { delete_local_events: true }), 'purge_id');
    await expect
      .poll(() => root.ask('GET', `${PURGE}_status/${purgeId}`), { timeout: 60_000 })
      .toEqual({ status: 'complete' });
  }

  it('purges history, and no replica shows any of it again', async () => {
    const both = await registerEverywhere('writer');
    const [here] = both;
    const roomId = await here.createRoom();
    const since = await Promise.all(both.map((client) => syncIntoRoom(client, roomId)));
    for (let said = 0; said < 30; said += 1) await here.send(roomId, `old ${said}`);
    for (const [at, client] of both.entries()) {
      await followMessages(client, roomId, { since: since[at] ?? '', count: 30 });
    }
    const cutOff = await here.send(roomId, 'first that stays');
    await purge(roomId, cutOff);
    await here.send(roomId, 'after');
    const kept = ['first that stays', 'after'];
    for (const [at, client] of both.entries()) {
      const messages = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=f&limit=100`;
      const { chunk } = await client.ask('GET', messages);
      expect(bodiesOf(chunk as SyncedEvent[])).toEqual(kept);
      const shown = async (): Promise<unknown[]> => {
        const answer = await syncOnce(client, { since: since[at] ?? '', filter: WHOLE_TIMELINE });
        return bodiesOf(answer.rooms?.join?.[roomId]?.timeline.events ?? []);
      };
      await expect.poll(shown, { timeout: 30_000 }).toEqual(kept);
      const anew = await syncOnce(client, { filter: WHOLE_TIMELINE });
      expect(bodiesOf(anew.rooms?.join?.[roomId]?.timeline.events ?? [])).toEqual(kept);
    }
  });

  it('blocks a room and ends it, through whichever replica its users speak', async () => {
    const [here, there] = await registerEverywhere('owner');
    const [guest, other] = await registerEverywhere('guest');
    const roomId = await here.createRoom({ preset: 'public_chat' });
    const path = `/_synapse/admin/v1/rooms/${encodeURIComponent(roomId)}`;
    await root.ask('PUT', `${path}/block`, { block: true });
    for (const client of [guest, other]) {
      const join = await client.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`, {});
      expect([join.status, join.body['errcode']]).toEqual([403, 'M_FORBIDDEN']);
    }
    const deleted: Json = await root.ask('DELETE', path, {});
    expect(deleted['kicked_users']).toEqual([here.userId]);
    for (const client of [here, there]) {
      const { joined_rooms: joined } = await client.ask('GET', '/_matrix/client/v3/joined_rooms');
      expect(joined).not.toContain(roomId);
    }
    expect((await root.call('GET', path)).status).toBe(404);
  });

  it('closes an account, and every replica refuses its tokens within a second', async () => {
    const both = await registerEverywhere('closed');
    for (const client of both) await client.ask('GET', '/_matrix/client/v3/account/whoami');
    const path = `/_synapse/admin/v1/deactivate/${encodeURIComponent(both[0].userId)}`;
    await root.ask('POST', path, { erase: true });
    for (const client of both) {
      const whoAmI = (): Promise<Reply> => client.call('GET', '/_matrix/client/v3/account/whoami');
      const refused = { status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } };
      await expect.poll(whoAmI, { timeout: 1_000 }).toMatchObject(refused);
    }
  });
});
