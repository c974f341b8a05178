import { beforeAll, expect, it } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import type { Json } from '../support/matrix-client.ts';
import { MatrixClient, MatrixHttp, textOf } from '../support/matrix-client.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';
import type { SyncedEvent } from './support/timeline.ts';
import { syncUntil } from './support/timeline.ts';

const NOTICE = '/_synapse/admin/v1/send_server_notice';
const BROADCASTS = '/_plexus/admin/v1/broadcasts';

const isThere = (answer: Awaited<ReturnType<typeof syncUntil>>): boolean =>
  Object.keys(answer.rooms?.invite ?? {}).length > 0;

async function invitation(client: MatrixClient, since?: string): Promise<{ roomId: string; since: string }> {
  const answer = await syncUntil(client, isThere, { since });
  const [roomId = ''] = Object.keys(answer.rooms?.invite ?? {});
  return { roomId, since: answer.next_batch };
}

async function messagesIn(client: MatrixClient, roomId: string): Promise<SyncedEvent[]> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=100`;
  const { chunk } = await client.ask('GET', path);
  return (chunk as SyncedEvent[]).filter(({ type }) => type === 'm.room.message').toReversed();
}

function errorOf({ status, body }: { readonly status: number; readonly body: Json }): unknown[] {
  return [status, body['errcode']];
}

inBothModes('what a server tells its users', (deploy) => {
  let deployment: Deployment;
  let http: MatrixHttp;
  let roots: MatrixClient[];
  beforeAll(async () => {
    deployment = await deploy();
    http = new MatrixHttp(deployment);
    const name = uniqueName('root');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    const { session } = await http.login(`@${name}:one.test`);
    roots = [0, 1].map((replica) => new MatrixClient(new MatrixHttp(deployment.routesTo(replica)), session));
  });

  function root(replica = 0): MatrixClient {
    const chosen = roots[replica];
    if (chosen === undefined) throw new Error('there are two replicas');
    return chosen;
  }

  it('comes in one room of their own, which they cannot refuse and may leave', async () => {
    const alice = await http.register(uniqueName('alice'));
    const say = (body: string, id: string, replica: number): Promise<Json> =>
      root(replica).ask('PUT', `${NOTICE}/${id}`, { user_id: alice.userId, content: { msgtype: 'm.text', body } });
    const transaction = uniqueName('notice');
    const told = await Promise.all([say('first', transaction, 0), say('first', transaction, 1)]);
    expect(told[1]).toEqual(told[0]);
    const { roomId, since } = await invitation(alice);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    const tags = await alice.ask(
      'GET',
      `/_matrix/client/v3/user/${encodeURIComponent(alice.userId)}/rooms/${encodeURIComponent(roomId)}/tags`,
    );
    expect(tags).toEqual({ tags: { 'm.server_notice': {} } });
    expect(errorOf(await alice.call('POST', `${path}/leave`, {}))).toEqual([403, 'M_CANNOT_LEAVE_SERVER_NOTICE_ROOM']);
    await alice.join(roomId);
    const [notice, ...others] = await messagesIn(alice, roomId);
    expect([notice?.sender, notice?.content, others]).toEqual([
      '@notices:one.test',
      { msgtype: 'm.text', body: 'first' },
      [],
    ]);
    expect((await alice.call('PUT', alice.sendPath(roomId, 'a'), { msgtype: 'm.text', body: 'but' })).status).toBe(403);
    await alice.leave(roomId);
    await say('second', uniqueName('notice'), 1);
    expect((await invitation(alice, since)).roomId).toBe(roomId);
    await alice.join(roomId);
    expect((await messagesIn(alice, roomId)).map(({ content }) => content['body'])).toEqual(['first', 'second']);
  });

  it('makes one room for a user, whatever comes at once through both replicas', async () => {
    const bob = await http.register(uniqueName('bob'));
    const notices = Array.from({ length: 12 }, (_, index) =>
      root(index % 2).ask('POST', NOTICE, { user_id: bob.userId, content: { msgtype: 'm.text', body: `${index}` } }),
    );
    await Promise.all(notices);
    const { roomId } = await invitation(bob);
    await bob.join(roomId);
    const bodies = (await messagesIn(bob, roomId)).map(({ content }) => Number(content['body']));
    expect(bodies.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index));
    const { rooms } = (await bob.sync()) as { rooms?: { invite?: Json; join?: Json } };
    expect([Object.keys(rooms?.join ?? {}), Object.keys(rooms?.invite ?? {})]).toEqual([[roomId], []]);
  });

  it('goes to many, each once, with progress that both replicas show', async () => {
    const names = Array.from({ length: 6 }, () => uniqueName('reader'));
    const readers = await Promise.all(names.map((name) => http.register(name)));
    const asked = {
      content: { msgtype: 'm.text', body: 'to all' },
      audience: { users: readers.map(({ userId }) => userId) },
      per_second: 100,
      txn_id: uniqueName('broadcast'),
    };
    const [first, again] = [
      await root(0).call('POST', BROADCASTS, asked),
      await root(1).call('POST', BROADCASTS, asked),
    ];
    expect([first.status, again.status]).toEqual([201, 201]);
    const id = textOf(first.body, 'broadcast_id');
    expect(again.body['broadcast_id']).toBe(id);
    for (const replica of [0, 1]) {
      await expect
        .poll(() => root(replica).ask('GET', `${BROADCASTS}/${id}`), { timeout: 30_000 })
        .toMatchObject({ status: 'complete', recipients: 6, sent: 6, failed: 0 });
    }
    for (const reader of readers) {
      const { roomId } = await invitation(reader);
      await reader.join(roomId);
      expect((await messagesIn(reader, roomId)).map(({ content }) => content['body'])).toEqual(['to all']);
    }
    expect((await root().call('POST', `${BROADCASTS}/${id}/pause`, {})).status).toBe(409);
  });

  it('asks for consent, once, with a link of the user’s own, and can be read by who may not write', async () => {
    const serverName = `${uniqueName('s')}.notices.test`;
    const settings = { registration: { enabled: true }, public_baseurl: `https://${serverName}` };
    await root().call('POST', '/_plexus/admin/v1/servers', { server_name: serverName, settings });
    const policy = `/_plexus/admin/v1/policies/${serverName}/privacy_policy`;
    const notice = { msgtype: 'm.text', body: 'Please read %(consent_uri)s' };
    await root().ask('PUT', policy, { title: 'What we keep', notice_content: notice });
    const documents = [{ language: 'en', format: 'markdown', source: 'Nothing.' }];
    await root().call('POST', `${policy}/versions`, { version: '1.0', documents, block_at: 5 });
    const reachable = '/_matrix/client/v3/register/available?username=free';
    for (const replica of [0, 1]) {
      const one = new MatrixHttp(deployment.routesTo(replica), { host: serverName });
      await expect.poll(async () => (await one.call('GET', reachable)).status, { timeout: 5_000 }).toBe(200);
    }
    const users = await Promise.all(
      ['carol', 'dave'].map((name) => new MatrixHttp(deployment, { host: serverName }).register(name)),
    );
    const links = new Set<string>();
    const rooms = new Map<MatrixClient, string>();
    for (const user of users) {
      const { roomId } = await invitation(user);
      await user.join(roomId);
      rooms.set(user, roomId);
      const asked = await messagesIn(user, roomId);
      expect(asked.map(({ sender }) => sender)).toEqual([`@notices:${serverName}`]);
      expect(asked[0]?.content['body']).toMatch(
        /^Please read https:\/\/.*_matrix\/consent\?u=(?:carol|dave)&h=[0-9a-f]{64}/,
      );
      links.add(String(asked[0]?.content['body']));
      expect(errorOf(await user.call('POST', '/_matrix/client/v3/createRoom', {}))).toEqual([
        403,
        'M_CONSENT_NOT_GIVEN',
      ]);
    }
    expect(links.size).toBe(2);
    const audience = { never_consented: true };
    const asked = { server_name: serverName, content: { msgtype: 'm.text', body: 'soon' }, audience, per_second: 100 };
    const id = textOf((await root().call('POST', BROADCASTS, asked)).body, 'broadcast_id');
    await expect
      .poll(() => root().ask('GET', `${BROADCASTS}/${id}`), { timeout: 30_000 })
      .toMatchObject({ status: 'complete', recipients: 2, sent: 2 });
    // That users are there is told of once a day: those of whom it was told today are asked for the next version as well.
    await root(1).call('POST', `${policy}/versions`, { version: '2.0', documents });
    for (const [user, roomId] of rooms) {
      const asks = async (): Promise<number> =>
        (await messagesIn(user, roomId)).filter(({ content }) => content['body'] !== 'soon').length;
      await expect.poll(asks, { timeout: 30_000 }).toBe(2);
    }
  });
});
