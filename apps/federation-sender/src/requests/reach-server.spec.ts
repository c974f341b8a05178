import type { Discovery, OutboundAnswer, OutboundRequest, RemoteFailure, ServerEndpoint } from '@plexus/remote-servers';
import { expect, it } from 'vitest';
import { ReachServer } from './reach-server.ts';
import type { PreparedRequest } from './reach-server.ts';

const REQUEST: PreparedRequest = {
  destination: 'far.example',
  method: 'GET',
  target: '/x',
  headers: { authorization: 'signed' },
  timeoutMs: 1_000,
  maxBytes: 10,
};
const ANSWER: OutboundAnswer = { outcome: 'answered', status: 200, headers: {}, bytes: new Uint8Array() };

function endpoint(host: string): ServerEndpoint {
  return { host, port: 8448, hostHeader: 'far.example', certificateName: 'far.example' };
}

const found = (...hosts: string[]): Discovery => ({ outcome: 'found', endpoints: hosts.map(endpoint) });
const failed = (reason: RemoteFailure): OutboundAnswer => ({ outcome: 'unreachable', reason, because: reason });

function build(discovered: Discovery | Promise<Discovery>, answers: OutboundAnswer[], tookMs = 0) {
  const sent: OutboundRequest[] = [];
  const clock = { time: 0, now: () => clock.time, delay: async () => {} };
  const reach = new ReachServer({
    discovery: { discover: () => Promise.resolve(discovered), at: (address) => found(address) },
    http: {
      send: async (request) => {
        sent.push(request);
        clock.time += tookMs;
        return answers.shift() ?? ANSWER;
      },
    },
    clock: { ...clock, delay: () => new Promise((resolve) => setImmediate(resolve)) },
    userAgent: 'Plexus',
  });
  return { reach, hosts: () => sent.map(({ endpoint: { host } }) => host), sent };
}

it.each<RemoteFailure>(['connect', 'tls', 'ip-range', 'discovery'])(
  'goes to the next place where the request did not arrive at the first: %s',
  async (reason) => {
    const { reach, hosts, sent } = build(found('a', 'b', 'c'), [failed(reason)]);
    expect(await reach.send(REQUEST)).toBe(ANSWER);
    expect(hosts()).toEqual(['a', 'b']);
    expect(sent[1]?.headers).toEqual({ 'user-agent': 'Plexus', authorization: 'signed' });
  },
);

it.each<RemoteFailure>(['timeout', 'broken', 'too-large'])(
  'sends nothing again that may have arrived: %s',
  async (reason) => {
    const { reach, hosts } = build(found('a', 'b'), [failed(reason)]);
    expect(await reach.send(REQUEST)).toMatchObject({ reason });
    expect(hosts()).toEqual(['a']);
  },
);

it('says why where no place can be reached, and where none is found', async () => {
  const { reach } = build(found('a', 'b'), [failed('tls'), failed('connect')]);
  expect(await reach.send(REQUEST)).toMatchObject({ reason: 'connect' });
  const nowhere = build({ outcome: 'not-found', reason: 'discovery', because: 'no answer' }, []);
  expect(await nowhere.reach.send(REQUEST)).toMatchObject({ outcome: 'unreachable', reason: 'discovery' });
});

it('has one time for all places, looking for them included', async () => {
  const { reach, hosts } = build(found('a', 'b', 'c'), [failed('connect'), failed('connect')], 600);
  expect(await reach.send(REQUEST)).toMatchObject({ reason: 'timeout' });
  expect(hosts()).toEqual(['a', 'b']);
  const endless = build(new Promise<Discovery>(() => {}), []);
  expect(await endless.reach.send(REQUEST)).toMatchObject({ reason: 'timeout' });
  expect(endless.hosts()).toEqual([]);
});

it('goes where it is told to, where that is known', async () => {
  const { reach, hosts } = build(found('a'), []);
  await reach.send({ ...REQUEST, address: 'known:1' });
  expect(hosts()).toEqual(['known:1']);
});
