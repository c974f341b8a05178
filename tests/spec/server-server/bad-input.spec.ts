import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { JsonObject } from '@plexus/matrix-base';
import { Visitor } from '@plexus/testing';
import type { RemoteRoom } from '@plexus/testing';
import { MatrixHttp } from '../../support/matrix-client.ts';
import { listFederationRoutes } from '../bad-input/routes.ts';
import type { Route } from '../bad-input/routes.ts';
import { sharedDeployment, uniqueName } from '../support/specified-http.ts';

const RUNS = 12;
const TIMEOUT_MS = 10_000;

let remote: Visitor;
let room: RemoteRoom;

beforeAll(async () => {
  const http = new MatrixHttp(await sharedDeployment());
  remote = await Visitor.open(http);
  const alice = await http.register(uniqueName('alice'));
  room = await remote.join(await alice.createRoom({ preset: 'public_chat' }), remote.user('bob'));
});
afterAll(() => remote.stop());

const TEXTS = ['', '.', '..', '%', '@', '!', '$', '@a:', '!x:y:z', '\u0000', '\u{1F600}', 'null', 'x'.repeat(300)];
const badText = fc.constantFrom(...TEXTS.filter((text) => text !== '\u0000'));
const anyText = fc.constantFrom(...TEXTS);

/** What stands in a path or query: what belongs there, or anything. */
function valueOf(name: string): fc.Arbitrary<string> {
  const good: Readonly<Record<string, string>> = {
    roomId: room.roomId,
    eventId: room.last.eventId,
    userId: room.userId,
    transactionId: uniqueName('t'),
  };
  return fc.oneof({ weight: 2, arbitrary: fc.constant(good[name] ?? 'x') }, { weight: 1, arbitrary: badText });
}

const MEMBERS = [
  'pdus',
  'edus',
  'earliest_events',
  'latest_events',
  'limit',
  'device_keys',
  'one_time_keys',
  'event',
  'room_version',
  'invite_room_state',
  'filter',
  'since',
  'unsigned',
];

/** Values of JSON that canonical JSON can express: what is sent has to be signed. */
const anyValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 0, -1, 9_007_199_254_740_991),
    anyText,
    fc.constantFrom('1', '12', '@a:localhost', 'm.room.member', 'm.typing', 'm.receipt'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(anyText, fc.constantFrom('room_id', 'user_id', 'content', 'type', 'edu_type')),
      tie('value'),
      {
        maxKeys: 4,
      },
    ),
  ),
})).value;

/** Half of an event of the room, with something else in it. */
function spoiledEvent(): fc.Arbitrary<unknown> {
  const { pdu } = room.say('x');
  return fc
    .tuple(fc.constantFrom(...Object.keys(pdu), 'room_id', 'state_key'), anyValue)
    .map(([key, value]) => ({ ...pdu, [key]: value }));
}

function spoiledEdu(): fc.Arbitrary<unknown> {
  const types = [
    'm.typing',
    'm.receipt',
    'm.presence',
    'm.direct_to_device',
    'm.device_list_update',
    'm.signing_key_update',
  ];
  const content = fc.oneof(
    anyValue,
    anyValue.map((value) => ({ [room.roomId]: { 'm.read': value } })),
    anyValue.map((value) => ({ sender: room.userId, type: 'x', message_id: 'x', messages: { '@a:localhost': value } })),
    anyValue.map((value) => ({ user_id: room.userId, room_id: room.roomId, typing: value, push: [value] })),
  );
  return fc.record({ edu_type: fc.constantFrom(...types), content });
}

function bodyOf(method: string): fc.Arbitrary<unknown> {
  if (method === 'GET') return fc.constant(undefined);
  const member = fc.oneof(
    anyValue,
    fc.array(spoiledEvent(), { maxLength: 2 }),
    fc.array(spoiledEdu(), { maxLength: 2 }),
  );
  return fc.oneof(
    { weight: 1, arbitrary: anyValue },
    { weight: 2, arbitrary: spoiledEvent() },
    { weight: 3, arbitrary: fc.dictionary(fc.constantFrom(...MEMBERS), member, { maxKeys: 4 }) },
    {
      weight: 3,
      arbitrary: fc.record({
        pdus: fc.array(spoiledEvent(), { maxLength: 3 }),
        edus: fc.array(spoiledEdu(), { maxLength: 3 }),
      }),
    },
  );
}

function requestFor({ method, pattern }: Route): fc.Arbitrary<{ path: string; body: unknown }> {
  const names = [...pattern.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const queries = ['', '?event_id=x', '?v=$x&limit=1', '?ts=1&dir=f', '?user_id=x', '?ver=99', '?room_alias=%23a:b'];
  return fc
    .tuple(fc.tuple(...names.map(valueOf)), fc.constantFrom(...queries), bodyOf(method))
    .map(([values, query, body]) => {
      const path = values.reduce((rest, value) => rest.replace(/:\w+/, encodeURIComponent(value)), pattern);
      return { path: path + query, body };
    });
}

describe('a signed request that makes no sense', () => {
  it.each(listFederationRoutes())('is no fault of the server: $method $pattern', async (route) => {
    const ask = async ({ path, body }: { path: string; body: unknown }): Promise<void> => {
      const reply = await remote.call(route.method, path, body as JsonObject | undefined);
      expect(reply.status, `${path} ${JSON.stringify(body)} ${JSON.stringify(reply.body)}`).toBeLessThan(500);
    };
    await fc.assert(fc.asyncProperty(requestFor(route), ask), { numRuns: RUNS, interruptAfterTimeLimit: TIMEOUT_MS });
  });
});
