import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Deployment } from '../../scripts/cluster/deployment.ts';
import { MatrixClient, MatrixHttp, textOf } from '../support/matrix-client.ts';
import { ScriptedAppservice } from '../support/scripted-appservice.ts';
import { waitUntil } from '../support/servers/wait-until.ts';
import { inBothModes, uniqueName } from './support/in-both-modes.ts';

const SOON = { timeout: 20_000, interval: 50 };

inBothModes('a bridge', (deploy) => {
  let deployment: Deployment;
  let http: MatrixHttp;
  let root: MatrixClient;
  let alice: MatrixClient;
  let ghost: MatrixClient;
  let bridge: ScriptedAppservice;
  let roomId: string;
  const queue = (): string => `/_plexus/admin/v1/appservices/${textOf(bridge.registration, 'id')}/queue`;

  beforeAll(async () => {
    deployment = await deploy();
    http = new MatrixHttp(deployment);
    const name = uniqueName('root');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    root = await http.login(`@${name}:one.test`);
    alice = await http.register(uniqueName('alice'));
    const prefix = `_${uniqueName('irc')}_`;
    bridge = await ScriptedAppservice.start({
      id: uniqueName('irc'),
      prefix,
      serverName: 'one.test',
      further: { receive_ephemeral: true, 'org.matrix.msc3202': true },
    });
    await bridge.registerWith(root);
    await waitUntil('it has a queue', 20_000, async () => (await root.call('GET', queue())).status === 200);
    ghost = await registerGhost(`${prefix}bob`);
    roomId = await alice.createRoom({ preset: 'public_chat' });
    await ghost.join(roomId);
    // Every process knows of a registration within a second.
    await waitUntil('it hears', 20_000, async () => {
      await alice.send(roomId, 'are you there?');
      return bridge.said.length > 0;
    });
  });
  afterAll(() => bridge.close());

  /** A user of the bridge, with a device. */
  async function registerGhost(username: string): Promise<MatrixClient> {
    const answer = await http.call('POST', '/_matrix/client/v3/register', {
      accessToken: bridge.token,
      body: { type: 'm.login.application_service', username },
    });
    const userId = textOf(answer.body, 'user_id');
    const accessToken = textOf(answer.body, 'access_token');
    return new MatrixClient(http, { userId, accessToken, deviceId: textOf(answer.body, 'device_id') });
  }

  async function say(count: number, what: string): Promise<string[]> {
    const said = Array.from({ length: count }, (_, index) => `${what} ${index}`);
    for (const body of said) await alice.send(roomId, body);
    return said;
  }

  it('gets what is said in rooms of its users, once and in order', async () => {
    const said = await say(30, 'message');
    const carol = await registerGhost(`${textOf(bridge.registration, 'sender_localpart')}-carol`);
    await carol.join(roomId);
    const heard = (): unknown[] => bridge.said.filter((body) => body !== 'are you there?');
    await vi.waitFor(() => expect(heard()).toEqual(said), SOON);
    const content = expect.objectContaining({ membership: 'join' });
    const join = expect.objectContaining({ type: 'm.room.member', state_key: carol.userId, content });
    await vi.waitFor(() => expect(bridge.list('events')).toContainEqual(join), SOON);
  });

  it('is told who types and who has read', async () => {
    const eventId = await alice.send(roomId, 'read this');
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    await alice.ask('POST', `${room}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
    const typing = { type: 'm.typing', room_id: roomId, content: { user_ids: [alice.userId] } };
    // Who types is told to those who follow the room by then: said again, as clients do, it comes.
    await vi.waitFor(async () => {
      await alice.ask('PUT', `${room}/typing/${encodeURIComponent(alice.userId)}`, { typing: true, timeout: 30_000 });
      expect(bridge.list('ephemeral')).toContainEqual(typing);
    }, SOON);
    const content = { [eventId]: { 'm.read': { [alice.userId]: { ts: expect.any(Number) } } } };
    const receipt = { type: 'm.receipt', room_id: roomId, content };
    await vi.waitFor(() => expect(bridge.list('ephemeral')).toContainEqual(receipt), SOON);
  });

  it('misses nothing of an outage: the same transaction comes again, then the rest together', async () => {
    const before = bridge.said.length;
    await bridge.close();
    const said = await say(120, 'while it is away');
    const messages = { [ghost.userId]: { [ghost.session.deviceId]: { text: 'psst' } } };
    await alice.ask('PUT', `/_matrix/client/v3/sendToDevice/m.dummy/${uniqueName('t')}`, { messages });
    await vi.waitFor(async () => {
      const state = await root.ask('GET', queue());
      expect(state).toMatchObject({ state: 'down', last_error: 'connect', backlog: expect.any(Number) });
      expect(state['backlog']).toBeGreaterThanOrEqual(said.length + 1);
    }, SOON);
    const attempts: string[] = [];
    bridge.script = ({ id }) => {
      attempts.push(id);
      return attempts.length < 3 ? [undefined, 503][attempts.length - 1] : 200;
    };
    await bridge.open();
    for (let times = 0; times < 3; times += 1) {
      await vi.waitFor(async () => {
        await root.ask('POST', `${queue()}/retry`, {});
        expect(attempts.length).toBeGreaterThan(times);
      }, SOON);
    }
    await vi.waitFor(() => expect(bridge.said.slice(before)).toEqual(said), SOON);
    expect(new Set(attempts.slice(0, 3)).size).toBe(1);
    expect(attempts.length).toBeLessThan(10);
    const psst = { type: 'm.dummy', sender: alice.userId, content: { text: 'psst' }, to_user_id: ghost.userId };
    const toDevice = { ...psst, to_device_id: ghost.session.deviceId };
    await vi.waitFor(() => expect(bridge.list('to_device')).toEqual([toDevice]), SOON);
    await vi.waitFor(
      async () => expect(await root.ask('GET', queue())).toMatchObject({ state: 'up', backlog: 0 }),
      SOON,
    );
    expect(bridge.violations).toEqual([]);
  });

  it('shows by a ping that it is back, and is sent what waits at once', async () => {
    await bridge.close();
    await say(1, 'unheard');
    await vi.waitFor(async () => expect(await root.ask('GET', queue())).toMatchObject({ state: 'down' }), SOON);
    await bridge.open();
    const id = encodeURIComponent(textOf(bridge.registration, 'id'));
    const { status, body } = await http.call('POST', `/_matrix/client/v1/appservice/${id}/ping`, {
      accessToken: bridge.token,
      body: { transaction_id: 'meow' },
    });
    expect([status, body]).toEqual([200, { duration_ms: expect.any(Number) }]);
    await vi.waitFor(() => expect(bridge.said.at(-1)).toBe('unheard 0'), SOON);
    expect(bridge.asked).toContain('POST /_matrix/app/v1/ping');
  });

  it('is paused, and sent things again, by an administrator', async () => {
    expect(await root.ask('POST', `${queue()}/pause`, {})).toMatchObject({ paused: true });
    const before = bridge.said.length;
    await say(3, 'in the pause');
    await vi.waitFor(async () => {
      const { backlog } = await root.ask('GET', queue());
      expect(backlog).toBeGreaterThanOrEqual(3);
    }, SOON);
    const { last_position: last } = await root.ask('POST', `${queue()}/skip`, {});
    expect(await root.ask('POST', `${queue()}/resume`, {})).toMatchObject({ paused: false, backlog: 0 });
    const [after] = await say(1, 'afterwards');
    await vi.waitFor(() => expect(bridge.said.slice(before)).toEqual([after]), SOON);
    await root.ask('POST', `${queue()}/replay`, { from_position: Number(last) - 2 });
    await vi.waitFor(() => expect(bridge.said.slice(before)).toHaveLength(5), SOON);
    expect(bridge.said.slice(before + 1)).toEqual([...[0, 1, 2].map((index) => `in the pause ${index}`), after]);
    expect((await root.call('POST', `${queue()}/replay`, { from_position: 10_000_000 })).status).toBe(400);
    expect((await alice.call('GET', queue())).status).toBe(403);
    expect(bridge.violations).toEqual([]);
  });
});
