import { beforeEach, describe, expect, it } from 'vitest';
import { RoomScript, SyncHarness, textsOf } from '../../test-support/sync-harness.ts';
import type { SyncBody } from '../../test-support/sync-harness.ts';

const [ALICE, BOB, CAROL] = ['@alice:a.example', '@bob:a.example', '@carol:a.example'];
const TEA = '!tea:a.example';
const IGNORE_BOB = { type: 'm.ignored_user_list', content: { ignored_users: { [BOB]: {} } } };
const BLOCK = { type: 'm.invite_permission_config', content: { default_action: 'block' } };

let harness: SyncHarness;
let room: RoomScript;
let since: string;
beforeEach(async () => {
  harness = await SyncHarness.started();
  room = new RoomScript(harness, TEA);
  room.create(BOB);
  room.member(ALICE, 'join');
  ({ next_batch: since } = await harness.sync(ALICE));
});

async function saidTo(userId: string, from?: string): Promise<string[] | undefined> {
  const asked = from === undefined ? {} : { since: from };
  return textsOf((await harness.sync(userId, asked)).rooms?.join?.[TEA]);
}

const who = ({ presence }: SyncBody): unknown => presence?.events.map(({ sender }) => sender);

describe('an ignored user', () => {
  it('is not heard, from the next event on, but for changes of the room', async () => {
    await harness.setAccountData(ALICE, IGNORE_BOB);
    room.say(BOB, 'psst');
    room.state('m.room.topic', { topic: 'tea' }, { sender: BOB });
    room.say(ALICE, 'who is there?');
    expect(await saidTo(ALICE, since)).toEqual(['topic', 'who is there?']);
    expect(await saidTo(BOB)).toContain('psst');
  });

  it('is heard again when no longer ignored', async () => {
    await harness.setAccountData(ALICE, IGNORE_BOB);
    room.say(BOB, 'one');
    const { next_batch: next } = await harness.sync(ALICE, { since });
    await harness.setAccountData(ALICE, { type: 'm.ignored_user_list', content: { ignored_users: {} } });
    room.say(BOB, 'two');
    expect(await saidTo(ALICE, next)).toEqual(['two']);
  });

  it('types unseen: the list is without them, and no news where only they begin or stop', async () => {
    room.member(CAROL, 'join');
    await harness.setAccountData(ALICE, IGNORE_BOB);
    const { typing } = harness.parts;
    const types = (userId: string) => typing.start(TEA, userId, { now: harness.clock.now(), timeoutMs: 30_000 });
    const typers = ({ rooms }: SyncBody): unknown =>
      rooms?.join?.[TEA]?.ephemeral?.events.find(({ type }) => type === 'm.typing')?.content['user_ids'];
    const { next_batch: before } = await harness.sync(ALICE);
    types(BOB);
    expect((await harness.sync(ALICE, { since: before })).rooms).toBeUndefined();
    types(CAROL);
    const told = await harness.sync(ALICE, { since: before });
    expect([typers(told), typers(await harness.sync(ALICE))]).toEqual([[CAROL], [CAROL]]);
    typing.stop(TEA, BOB, harness.clock.now());
    expect((await harness.sync(ALICE, { since: told.next_batch })).rooms).toBeUndefined();
    expect(typers(await harness.sync(CAROL))).toEqual([CAROL]);
  });

  it('is there unseen', async () => {
    await harness.setAccountData(ALICE, IGNORE_BOB);
    const { next_batch: before } = await harness.sync(ALICE);
    await harness.parts.announce.set(BOB, 'online', 'here');
    expect([who(await harness.sync(ALICE, { since: before })), who(await harness.sync(ALICE))]).toEqual([
      undefined,
      undefined,
    ]);
    expect(who(await harness.sync(BOB))).toEqual([BOB]);
  });

  it('invites to nothing', async () => {
    await harness.setAccountData(ALICE, IGNORE_BOB);
    const other = new RoomScript(harness, '!other:a.example');
    other.create(BOB);
    other.member(ALICE, 'invite', { sender: BOB });
    expect((await harness.sync(ALICE, { since })).rooms).toBeUndefined();
    expect((await harness.sync(ALICE)).rooms?.invite).toBeUndefined();
  });
});

describe('a user who blocks invites', () => {
  it('is told of none, and of all that is left after that', async () => {
    const other = new RoomScript(harness, '!other:a.example');
    other.create(BOB);
    other.member(ALICE, 'invite', { sender: BOB });
    await harness.setAccountData(ALICE, BLOCK);
    expect((await harness.sync(ALICE, { since })).rooms).toBeUndefined();
    await harness.setAccountData(ALICE, { ...BLOCK, content: {} });
    expect(Object.keys((await harness.sync(ALICE)).rooms?.invite ?? {})).toEqual(['!other:a.example']);
  });
});
