import { PRESENCE_EVENTS } from '@plexus/topics';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { TestDatabase } from '../../../tests/support/test-database.ts';
import { createTestDatabase } from '../../../tests/support/test-database.ts';
import { buildAppservice } from '../test-support/build-appservice.ts';
import type { DeliveryHarness } from '../test-support/delivery-harness.ts';
import { startDelivery } from '../test-support/delivery-harness.ts';

const GHOST = '@_irc_ghost:one.example';
const SECOND_GHOST = '@_irc_second:one.example';
const ALICE = '@alice:one.example';
const BOB = '@bob:far.example';
const CAROL = '@carol:far.example';
const EVE = '@eve:far.example';
const ROOM = '!room:one.example';
const SOON = { timeout: 10_000, interval: 20 };
const BRIDGE = buildAppservice({
  id: 'bridge',
  settings: {
    url: 'http://bridge.example',
    namespaces: { users: [{ regex: '@_irc_.*', isExclusive: true }], aliases: [], rooms: [] },
    receivesEphemeral: true,
    receivesDeviceChanges: true,
  },
});

let test: TestDatabase;
let harness: DeliveryHarness;

beforeAll(async () => {
  test = await createTestDatabase();
});
beforeEach(async () => {
  harness = await startDelivery(test);
  harness.registry.set(BRIDGE);
});
afterEach(async () => {
  await harness.stop();
  const tables = `appservice_positions, appservice_members, appservice_projections, appservice_streams, appservice_items,
    appservice_shards, appservice_queues, appservice_transactions, device_list_changes, user_rooms`;
  await test.database.query(`truncate ${tables}`);
  await test.database.query('update device_list_position set position = 0');
});
afterAll(() => test.drop());

async function join(roomId: string, ...userIds: string[]): Promise<void> {
  for (const userId of userIds) await harness.member(roomId, userId, 'join');
}

async function encrypt(roomId: string): Promise<void> {
  await harness.append({ roomId, type: 'm.room.encryption', sender: ALICE, stateKey: '', content: { algorithm: 'a' } });
}

/** What was told so far, in order. */
function told(kind: 'changed' | 'left'): string[] {
  return harness.appservices.to('bridge').flatMap(({ content }) => {
    const lists = content['device_lists'] as { readonly [name: string]: readonly string[] } | undefined;
    return lists?.[kind] ?? [];
  });
}

async function waitUntilTold(expected: { readonly changed: readonly string[]; readonly left: readonly string[] }) {
  await vi.waitFor(
    () => expect({ changed: told('changed').sort(), left: told('left').sort() }).toEqual(expected),
    SOON,
  );
}

/** Waits until everything before is delivered. */
async function settle(body: string): Promise<void> {
  await harness.say(ROOM, ALICE, body);
  await vi.waitFor(() => expect(harness.appservices.said('bridge')).toContain(body), SOON);
}

it('tells of users of other servers how they are and that their devices changed, if they share a room', async () => {
  await vi.waitFor(async () => {
    const { rows } = await test.database.query(`select from appservice_positions where source = 'device-lists'`);
    expect(rows).toHaveLength(1);
  }, SOON);
  await join(ROOM, ALICE, GHOST, BOB);
  await join('!elsewhere:one.example', ALICE, EVE);
  await settle('here');
  for (const userId of [EVE, BOB, BOB]) {
    const value = { userId, presence: 'online', statusMsg: '', lastActiveAt: Date.now(), isSet: false };
    await harness.topics.producer.send(PRESENCE_EVENTS, 0, [{ key: userId, value }]);
  }
  await test.database.query(
    `insert into device_list_changes (user_id, seen_by, position) values ($1, '', 1), ($2, '', 2)`,
    [EVE, BOB],
  );
  await test.database.query('update device_list_position set position = 2');
  await waitUntilTold({ changed: [BOB], left: [] });
  await vi.waitFor(() => {
    expect(harness.appservices.list('bridge', 'ephemeral').map(({ sender }) => sender)).toEqual([BOB]);
  }, SOON);
  expect(harness.observer.failures).toEqual([]);
});

it('tells who begins to share an encrypted room with its users, and who shares none any more', async () => {
  await join(ROOM, ALICE, BOB, GHOST, CAROL);
  await settle('not encrypted');
  expect([told('changed'), told('left')]).toEqual([[], []]);
  await encrypt(ROOM);
  await waitUntilTold({ changed: [ALICE, BOB, CAROL], left: [] });
  await join(ROOM, EVE, SECOND_GHOST, EVE);
  await waitUntilTold({ changed: [ALICE, BOB, CAROL, EVE], left: [] });
  await harness.member(ROOM, EVE, 'leave');
  await harness.member(ROOM, GHOST, 'leave');
  await waitUntilTold({ changed: [ALICE, BOB, CAROL, EVE], left: [EVE] });
  await settle('a second ghost is still there');
  expect(told('left')).toEqual([EVE]);
  await harness.member(ROOM, SECOND_GHOST, 'leave');
  await waitUntilTold({ changed: [ALICE, BOB, CAROL, EVE], left: [ALICE, BOB, CAROL, EVE] });
  expect(harness.observer.failures).toEqual([]);
});

it('tells of all in an encrypted room that its users enter, and of nobody leaving with whom another one is shared', async () => {
  const other = '!other:one.example';
  await join(ROOM, ALICE, BOB);
  await encrypt(ROOM);
  await join(other, BOB, CAROL, GHOST);
  await encrypt(other);
  await waitUntilTold({ changed: [BOB, CAROL], left: [] });
  await join(ROOM, GHOST);
  await waitUntilTold({ changed: [ALICE, BOB, BOB, CAROL], left: [] });
  await harness.member(ROOM, BOB, 'leave');
  await harness.member(other, CAROL, 'ban', BOB);
  await waitUntilTold({ changed: [ALICE, BOB, BOB, CAROL], left: [CAROL] });
  await settle('done');
  expect(told('left')).toEqual([CAROL]);
});
