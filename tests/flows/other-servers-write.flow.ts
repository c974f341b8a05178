import type { JsonObject } from '@plexus/matrix-base';
import { federationPath, Visitor } from '@plexus/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
import { bodiesOf, followMessages, syncIntoRoom } from './support/timeline.ts';

inBothModes('another homeserver', (deploy) => {
  let deployment: Deployment;
  let replicas: Visitor[];
  let one: MatrixHttp;
  let two: MatrixHttp;
  let lastTransaction = 0;

  beforeAll(async () => {
    deployment = await deploy();
    one = new MatrixHttp(deployment);
    two = new MatrixHttp(deployment, { host: 'localhost' });
    const first = await Visitor.open(new MatrixHttp(deployment.routesTo(0)), { destination: 'one.test' });
    replicas = [first, first.through(new MatrixHttp(deployment.routesTo(1)))];
  });
  afterAll(() => replicas[0]?.stop());

  function remote(replica = 0): Visitor {
    const server = replicas[replica];
    if (server === undefined) throw new Error('there are two replicas');
    return server;
  }

  function transaction(pdus: readonly JsonObject[]): [path: string, body: JsonObject] {
    const path = federationPath('v1/send', `${uniqueName('t')}-${++lastTransaction}`);
    return [path, { origin: remote().serverName, origin_server_ts: Date.now(), pdus: [...pdus] }];
  }

  it('writes to users of two hosted servers, through any replica, and each message comes once', async () => {
    const alice = await one.register(uniqueName('alice'));
    const roomId = await alice.createRoom({ preset: 'public_chat' });
    const room = await remote().join(roomId, remote().user(uniqueName('bob')));
    const carol = await two.register(uniqueName('carol'));
    const before = await syncIntoRoom(alice, roomId);
    const said: string[] = [];
    const send = async (destination: string): Promise<void> => {
      const text = `message ${said.length}`;
      said.push(text);
      const [path, body] = transaction([room.say(text).pdu]);
      const answers = await Promise.all([0, 1].map((replica) => remote(replica).call('PUT', path, body, destination)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    };
    for (let index = 0; index < 5; index += 1) await send('one.test');
    expect(bodiesOf(await followMessages(alice, roomId, { since: before, count: said.length }))).toEqual(said);

    const state = `${federationPath('v1/state_ids', roomId)}?event_id=${encodeURIComponent(room.last.eventId)}`;
    expect((await remote().call('GET', state)).status).toBe(200);
    expect((await remote().call('GET', state, undefined, 'two.test')).status).toBe(404);
    await carol.join(roomId, ['one.test']);
    expect((await remote().call('GET', state, undefined, 'two.test')).status).toBe(200);
    const since = await syncIntoRoom(carol, roomId);
    await send('two.test');
    await send('one.test');
    expect(bodiesOf(await followMessages(carol, roomId, { since, count: 2 }))).toEqual(said.slice(-2));
  });
});
