import { NO_PUSH_RULE_CHANGES, putPushRule } from '@plexus/room-dag';
import { PUSH_RULES_TYPE } from '@plexus/user-streams';
import { beforeEach, describe, expect, it } from 'vitest';
import { composeJoinSteps } from '../compose-join-steps.ts';
import { fakePorts } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';

const [ALICE, BOB] = ['@alice:one.example', '@bob:one.example'] as const;
const [OLD, NEW] = ['!old:one.example', '!new:one.example'] as const;
const TAGS = { roomId: NEW, type: 'm.tag' };
const DIRECT = { roomId: undefined, type: 'm.direct' };
const RULES = { roomId: undefined, type: PUSH_RULES_TYPE };

let ports: FakePorts;
beforeEach(async () => {
  ports = fakePorts();
  await ports.accounts.addUser({ userId: BOB, passwordHash: undefined });
  say(OLD, 'm.room.create', {});
  member(OLD);
  say(OLD, 'm.room.tombstone', { replacement_room: NEW });
  say(NEW, 'm.room.create', { predecessor: { room_id: OLD } });
  member(NEW);
  await keep({ roomId: OLD, type: 'm.tag' }, { tags: { 'm.favourite': { order: 0.5 } } });
  await keep(DIRECT, { [ALICE]: [OLD, '!other:one.example'], '@carol:one.example': ['!third:one.example'] });
});

function say(roomId: string, type: string, content: object): void {
  ports.rooms.append({ roomId, sender: ALICE, type, stateKey: '', content: { ...content } });
}

function member(roomId: string): void {
  ports.rooms.append({
    roomId,
    sender: BOB,
    type: 'm.room.member',
    stateKey: BOB,
    content: { membership: 'join' },
  });
}

async function keep(key: { roomId: string | undefined; type: string }, content: object): Promise<void> {
  await ports.userStreams.transact([BOB], async ({ accountData }) => {
    await accountData.storeAccountData(BOB, { ...key, content: JSON.stringify(content) });
  });
}

async function kept(key: { roomId: string | undefined; type: string }): Promise<unknown> {
  const content = await ports.userStreams.findAccountData(BOB, key);
  return content && JSON.parse(content);
}

async function carry(): Promise<void> {
  await composeJoinSteps(ports).carrySettings.execute(BOB, NEW);
}

describe('CarrySettings', () => {
  it('takes tags and direct chats along, once', async () => {
    await carry();
    const position = (await ports.userStreams.findPositions([BOB])).get(BOB);
    await carry();
    expect(await kept(TAGS)).toEqual({ tags: { 'm.favourite': { order: 0.5 } } });
    expect(await kept(DIRECT)).toEqual({
      [ALICE]: [OLD, '!other:one.example', NEW],
      '@carol:one.example': ['!third:one.example'],
    });
    expect((await ports.userStreams.findPositions([BOB])).get(BOB)).toBe(position);
  });

  it('takes along the push rules that are named after the room', async () => {
    const own = { default: false, enabled: true, actions: [] };
    const conditions = [{ kind: 'event_match', key: 'room_id', pattern: OLD }];
    const muted = putPushRule(NO_PUSH_RULE_CHANGES, { kind: 'override', rule: { ...own, rule_id: OLD, conditions } });
    await keep(RULES, muted.outcome === 'changed' ? muted.changes : {});
    await carry();
    const added = { ...own, rule_id: NEW, conditions: [{ kind: 'event_match', key: 'room_id', pattern: NEW }] };
    expect(await kept(RULES)).toMatchObject({ own: { override: [added, { rule_id: OLD, conditions }] } });
  });

  it('leaves what the new room has', async () => {
    await keep(TAGS, { tags: {} });
    await carry();
    expect(await kept(TAGS)).toEqual({ tags: {} });
  });

  it('believes no room that the old one does not name', async () => {
    say(OLD, 'm.room.tombstone', { replacement_room: '!another:one.example' });
    await carry();
    expect(await kept(TAGS)).toBeUndefined();
  });
});
