import { mkdtemp, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { orderedReplicas } from '../../scripts/cluster/ordered-replicas.ts';
import { openReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import type { ReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import { IrcClient } from '../support/irc-client.ts';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp } from '../support/matrix-client.ts';
import { registerAppservice } from '../support/scripted-appservice.ts';
import { HEISENBRIDGE } from '../support/python/environments.ts';
import { openPythonEnvironment } from '../support/python/python-environment.ts';
import { findFreePort } from '../support/servers/free-port.ts';
import type { IrcServer } from '../support/servers/ngircd.ts';
import { createIrcServer } from '../support/servers/ngircd.ts';
import type { TestServer } from '../support/servers/server-process.ts';
import { createServerProcess } from '../support/servers/server-process.ts';
import { inOneMode, uniqueName } from './support/in-both-modes.ts';

const SOON = { timeout: 100_000, interval: 100 };
const MINUTES = 60_000;
const BRIDGE = '@heisenbridge:one.test';
const CHANNEL = '#tea';
const QUEUE = '/_plexus/admin/v1/appservices/heisenbridge/queue';

/** An IRC bridge that people run, and an IRC server, both unmodified. */
inOneMode('distributed', 'heisenbridge', (deploy) => {
  let irc: IrcServer;
  let bridge: TestServer;
  let proxy: ReverseProxy;
  let root: MatrixClient;
  let alice: MatrixClient;
  let rita: IrcClient;
  let channelRoom: string;

  beforeAll(async () => {
    const python = await openPythonEnvironment(...HEISENBRIDGE);
    const deployment = await deploy();
    proxy = await openReverseProxy({ port: 0, upstreamsFor: orderedReplicas(deployment) });
    const http = new MatrixHttp(deployment);
    const name = uniqueName('root');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    root = await http.login(`@${name}:one.test`);
    alice = await http.register(uniqueName('alice'));
    irc = await createIrcServer();
    await irc.start();
    rita = await IrcClient.connect(irc.port, 'rita');
    rita.join(CHANNEL);
    const registration = registrationOf(await findFreePort());
    await registerAppservice(root, registration);
    bridge = await createBridge(python, registration, proxy.url);
    await bridge.start();
  });
  afterAll(async () => {
    rita?.quit();
    await Promise.all([bridge?.dispose(), irc?.dispose(), proxy?.close()]);
  });

  /** Another replica may still show an invite that was accepted. */
  async function nextInvite(accepted?: string): Promise<string> {
    return vi.waitFor(async () => {
      const roomId = (await invitesOf(alice)).find((invited) => invited !== accepted);
      if (roomId === undefined) throw new Error('nobody invites her');
      await alice.join(roomId);
      return roomId;
    }, SOON);
  }

  async function bodiesIn(roomId: string): Promise<unknown[]> {
    const messages = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/messages?dir=b&limit=50`;
    const { chunk } = await alice.ask('GET', messages);
    return (chunk as Json[]).map(({ content }) => (content as Json)['body']);
  }

  it('lets her into an IRC channel, where messages pass both ways', { timeout: 5 * MINUTES }, async () => {
    const control = await alice.createRoom({ is_direct: true, invite: [BRIDGE], preset: 'trusted_private_chat' });
    await vi.waitFor(async () => expect(await bodiesIn(control)).toContainEqual(expect.stringMatching(/Howdy/)), SOON);
    for (const command of ['ADDNETWORK tea', `ADDSERVER tea 127.0.0.1 ${irc.port}`, 'OPEN tea']) {
      await alice.send(control, command);
      await vi.waitFor(async () => {
        expect((await bodiesIn(control)).findIndex((body) => body === command)).toBeGreaterThan(0);
      }, SOON);
    }
    const network = await nextInvite();
    await alice.send(network, 'NICK alice');
    await alice.send(network, 'CONNECT');
    // Until it is connected, the bridge refuses it.
    await vi.waitFor(
      async () => {
        await alice.send(network, `JOIN ${CHANNEL}`);
        expect(rita.joined).toContain('alice');
      },
      { ...SOON, interval: 1_000 },
    );
    channelRoom = await nextInvite(network);
    await alice.send(channelRoom, 'hello from Matrix');
    await vi.waitFor(() => expect(heardBy(rita)).toEqual(['hello from Matrix']), SOON);
    rita.say(CHANNEL, 'hello from IRC');
    await vi.waitFor(async () => expect(await bodiesIn(channelRoom)).toContain('hello from IRC'), SOON);
  });

  it(
    'is killed for a while, and every message reaches IRC afterwards, in order and once',
    { timeout: 5 * MINUTES },
    async () => {
      await bridge.kill();
      const said = Array.from({ length: 5 }, (_, index) => `while it is away ${index}`);
      for (const body of said) await alice.send(channelRoom, body);
      await vi.waitFor(async () => expect(await root.ask('GET', QUEUE)).toMatchObject({ state: 'down' }), SOON);
      const { transaction_id: underWay } = await root.ask('GET', QUEUE);
      // The bridge drops what it is sent before it is on IRC again.
      await root.ask('POST', `${QUEUE}/pause`, {});
      const before = rita.joined.length;
      await bridge.start();
      await vi.waitFor(() => expect(rita.joined.slice(before)).toContain('alice'), SOON);
      expect(await root.ask('GET', QUEUE)).toMatchObject({ transaction_id: underWay });
      await root.ask('POST', `${QUEUE}/resume`, {});
      await vi.waitFor(() => expect(heardBy(rita).slice(1)).toEqual(said), SOON);
      await alice.send(channelRoom, 'and on');
      await vi.waitFor(() => expect(heardBy(rita).slice(1)).toEqual([...said, 'and on']), SOON);
      await vi.waitFor(async () => {
        expect(await root.ask('GET', QUEUE)).toMatchObject({ state: 'up', backlog: 0 });
      }, SOON);
    },
  );
});

/** The rooms to which the bridge invites somebody: other stories make the server invite everybody to its notices. */
async function invitesOf(person: MatrixClient): Promise<readonly string[]> {
  const { rooms } = (await person.sync()) as {
    readonly rooms?: { readonly invite?: Readonly<Record<string, Invite>> };
  };
  return Object.entries(rooms?.invite ?? {})
    .filter(([, { invite_state: state }]) => state.events.some(({ sender }) => sender === BRIDGE))
    .map(([roomId]) => roomId);
}

interface Invite {
  readonly invite_state: { readonly events: readonly { readonly sender: string }[] };
}

function heardBy(person: IrcClient): readonly string[] {
  return person.messages.filter(({ channel }) => channel === CHANNEL).map(({ text }) => text);
}

function registrationOf(port: number): Json {
  return {
    id: 'heisenbridge',
    url: `http://127.0.0.1:${port}`,
    as_token: 'as-heisenbridge-secret',
    hs_token: 'hs-heisenbridge-secret',
    rate_limited: false,
    sender_localpart: 'heisenbridge',
    namespaces: { users: [{ regex: '@irc_.*', exclusive: true }], aliases: [], rooms: [] },
  };
}

async function createBridge(python: string, registration: Json, homeserver: string): Promise<TestServer> {
  const directory = await mkdtemp(join(tmpdir(), 'plexus-heisenbridge-'));
  const config = join(directory, 'registration.yaml');
  await writeFile(config, JSON.stringify(registration));
  const { port } = new URL(String(registration['url']));
  return createServerProcess({
    name: 'heisenbridge',
    address: String(registration['url']),
    directory,
    isReady: () => accepts(Number(port)),
    run: () => ({ command: python, args: ['-m', 'heisenbridge', '-vv', '-c', config, '-p', port, homeserver] }),
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
