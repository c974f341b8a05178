import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { orderedReplicas } from '../../scripts/cluster/ordered-replicas.ts';
import { openReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import type { ReverseProxy } from '../../scripts/cluster/reverse-proxy.ts';
import type { Json, MatrixClient } from '../support/matrix-client.ts';
import { MatrixHttp, textOf } from '../support/matrix-client.ts';
import { registerAppservice } from '../support/scripted-appservice.ts';
import { MAUTRIX } from '../support/python/environments.ts';
import { openPythonEnvironment } from '../support/python/python-environment.ts';
import { findFreePort } from '../support/servers/free-port.ts';
import { inOneMode, uniqueName } from './support/in-both-modes.ts';

const STORY = join(import.meta.dirname, 'support', 'mautrix-story.py');
const SOON = { timeout: 60_000, interval: 200 };

/** The library that most bridges are made with, unmodified. */
inOneMode('embedded', 'mautrix', (deploy) => {
  let proxy: ReverseProxy;
  let alice: MatrixClient;
  let registration: Json;
  let roomId: string;
  let story: ChildProcess | undefined;
  const printed: Json[] = [];

  beforeAll(async () => {
    const python = await openPythonEnvironment(...MAUTRIX);
    const deployment = await deploy();
    proxy = await openReverseProxy({ port: 0, upstreamsFor: orderedReplicas(deployment) });
    const http = new MatrixHttp(deployment);
    const name = uniqueName('root');
    await deployment.command(['user', 'create', `@${name}:one.test`, '--admin', '--password', 'wonderland']);
    const root = await http.login(`@${name}:one.test`);
    alice = await http.register(uniqueName('alice'));
    roomId = await alice.createRoom({ preset: 'public_chat' });
    registration = registrationOf(uniqueName('mau'), await findFreePort());
    await registerAppservice(root, registration);
    story = spawn(python, [STORY, proxy.url, JSON.stringify(registration), roomId], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (story.stdout !== null) createInterface(story.stdout).on('line', (line) => printed.push(JSON.parse(line)));
  });
  afterAll(async () => {
    story?.kill('SIGKILL');
    await proxy?.close();
  });

  it('gets events, who types, receipts and messages to its devices, and answers', async () => {
    await vi.waitFor(() => expect(printed[0]).toMatchObject({ ping: true }), SOON);
    const ghost = textOf(printed[0] ?? {}, 'user');
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    const typing = `${room}/typing/${encodeURIComponent(alice.userId)}`;
    await vi.waitFor(async () => {
      const eventId = await alice.send(roomId, 'hello');
      await alice.ask('POST', `${room}/receipt/m.read/${encodeURIComponent(eventId)}`, {});
      for (const isTyping of [true, false]) await alice.ask('PUT', typing, { typing: isTyping, timeout: 30_000 });
      const messages = { [ghost]: { PHONE: {} } };
      await alice.ask('PUT', `/_matrix/client/v3/sendToDevice/m.dummy/${uniqueName('t')}`, { messages });
      expect(printed).toHaveLength(2);
    }, SOON);
    const got = printed[1] ?? {};
    expect(got['said']).toContain('hello');
    expect(got['to device']).toContainEqual(['m.dummy', ghost, 'PHONE']);
    await vi.waitFor(async () => {
      const { chunk } = await alice.ask('GET', `${room}/messages?dir=b&limit=5`);
      expect((chunk as Json[]).map(({ content }) => (content as Json)['body'])).toContain('thank you');
    }, SOON);
  });
});

function registrationOf(id: string, port: number): Json {
  const name = `_${id}`;
  return {
    id,
    url: `http://127.0.0.1:${port}`,
    as_token: `as-${id}-secret`,
    hs_token: `hs-${id}-secret`,
    sender_localpart: name,
    rate_limited: false,
    namespaces: { users: [{ regex: `@${name}_.*:one.test`, exclusive: true }], aliases: [], rooms: [] },
    receive_ephemeral: true,
    'org.matrix.msc3202': true,
    'io.element.msc4190': true,
  };
}
