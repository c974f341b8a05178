import type { CreateRoomRequest } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { findRoomVersion, readReceivedPdu, ROOM_VERSIONS } from '@plexus/room-dag';
import type { LimitedUse } from '@plexus/service-shell';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakePorts, requesterOf } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { refused } from '../../test-support/fake-room-writer.ts';
import { PublishRoom } from '../directory/publish-room.ts';
import { ClaimAlias } from './claim-alias.ts';
import { CreateRoom } from './create-room.ts';

const ALICE = '@alice:one.example';
const BOB = '@bob:two.example';
const alice = requesterOf(ALICE);

let ports: FakePorts;
let createRoom: CreateRoom;

beforeEach(async () => {
  ports = fakePorts(['one.example', 'two.example']);
  await ports.accounts.addUser({ userId: ALICE, passwordHash: undefined });
  createRoom = createRoomOver(ports);
});

function createRoomOver(over: FakePorts): CreateRoom {
  const claimAlias = new ClaimAlias(over.aliases, over.rooms, over.clock);
  return new CreateRoom({ ...over, keys: over.servers }, claimAlias, new PublishRoom(over));
}

interface Made {
  readonly roomId: string;
  readonly create: { readonly [key: string]: unknown };
  readonly types: string[];
  contentOf(type: string, stateKey?: string): { readonly [key: string]: unknown };
}

async function make(request: CreateRoomRequest): Promise<Made> {
  const roomId = await createRoom.execute(alice, request);
  const command = ports.writer.commands.findLast((sent) => sent.command?.$case === 'createRoom')?.command;
  if (command?.$case !== 'createRoom') throw new Error('no room was asked for');
  const { createEvent, events } = command.value;
  return {
    roomId,
    create: JSON.parse(createEvent.toString()),
    types: events.map(({ type }) => type.replace('m.room.', '')),
    contentOf: (type, stateKey = '') => {
      const found = events.findLast((event) => event.type === type && event.stateKey === stateKey);
      return found === undefined ? {} : JSON.parse(found.content.toString());
    },
  };
}

async function errorOf(request: CreateRoomRequest): Promise<unknown> {
  try {
    await createRoom.execute(alice, request);
  } catch (error) {
    if (error instanceof MatrixError) return [error.httpStatus, error.errcode];
    throw error;
  }
  return 'made';
}

describe('CreateRoom', () => {
  it('sends the events in the order of the specification', async () => {
    const made = await make({
      room_alias_name: 'tea',
      name: 'Tea',
      topic: 'Leaves',
      invite: [BOB, BOB],
      initial_state: [{ type: 'm.room.encryption', content: { algorithm: 'x' } }],
    });
    expect(made.types).toEqual([
      'member',
      'power_levels',
      'canonical_alias',
      'join_rules',
      'history_visibility',
      'guest_access',
      'encryption',
      'name',
      'topic',
      'member',
    ]);
    expect(made.contentOf('m.room.canonical_alias')).toEqual({ alias: '#tea:one.example' });
    expect(made.contentOf('m.room.topic')).toEqual({
      topic: 'Leaves',
      'm.topic': { 'm.text': [{ body: 'Leaves', mimetype: 'text/plain' }] },
    });
    expect(made.contentOf('m.room.member', BOB)).toEqual({ membership: 'invite' });
  });

  it('counts its invites before there is a room', async () => {
    const used: unknown[] = [];
    const carol = '@carol:two.example';
    const limiter = {
      use: ({ action, key, count = 1 }: LimitedUse) => {
        used.push([action, key, count]);
        return action === 'invite-to-user' && key === carol ? 1000 : 0;
      },
    };
    createRoom = createRoomOver({ ...ports, limiter });
    await make({ invite: [BOB, BOB] });
    expect(used).toEqual([
      ['room-creation', ALICE, 1],
      ['invite-by-user', ALICE, 1],
      ['invite-to-user', BOB, 1],
    ]);
    used.length = 0;
    expect(await errorOf({ invite: [BOB, carol] })).toEqual([429, 'M_LIMIT_EXCEEDED']);
    expect(used).toContainEqual(['invite-by-user', ALICE, 2]);
    expect(ports.writer.commands).toHaveLength(1);
  });

  it.each(ROOM_VERSIONS)('builds a valid create event of version %s', async (version) => {
    const { roomId, create } = await make({ room_version: version });
    const rules = findRoomVersion(version);
    if (rules === undefined) throw new Error('unknown version');
    const read = readReceivedPdu(create as never, rules);
    expect(read).toMatchObject({ outcome: 'ok', isRedactedCopy: false, event: { roomId, type: 'm.room.create' } });
    expect(create['content']).toMatchObject({ room_version: version });
    expect((create['content'] as { creator?: string }).creator).toBe(rules.creatorIsSender ? undefined : ALICE);
  });

  it('makes two rooms of two equal requests at one time', async () => {
    const [one, other] = [await make({}), await make({})];
    expect(one.roomId).not.toBe(other.roomId);
  });

  it.each([
    ['private_chat', 'invite', 'can_join', 0],
    ['trusted_private_chat', 'invite', 'can_join', 0],
    ['public_chat', 'public', 'forbidden', 50],
  ] as const)('gives %s its join rule and guest access', async (preset, joinRule, guestAccess, invite) => {
    const made = await make({ preset });
    expect(made.contentOf('m.room.join_rules')).toEqual({ join_rule: joinRule });
    expect(made.contentOf('m.room.guest_access')).toEqual({ guest_access: guestAccess });
    expect(made.contentOf('m.room.history_visibility')).toEqual({ history_visibility: 'shared' });
    expect(made.contentOf('m.room.power_levels')).toMatchObject({ invite });
  });

  it('takes the preset of a public room for public, and publishes it', async () => {
    const made = await make({ visibility: 'public' });
    expect(made.contentOf('m.room.join_rules')).toEqual({ join_rule: 'public' });
    expect([...ports.accounts.published]).toEqual([`one.example ${made.roomId}`]);
  });

  it('lets initial_state go before the preset, and name before initial_state', async () => {
    const made = await make({
      name: 'mine',
      initial_state: [
        { type: 'm.room.join_rules', content: { join_rule: 'knock' } },
        { type: 'm.room.name', state_key: '', content: { name: 'theirs' } },
      ],
    });
    expect(made.types.filter((type) => type === 'join_rules')).toHaveLength(1);
    expect(made.contentOf('m.room.join_rules')).toEqual({ join_rule: 'knock' });
    expect(made.contentOf('m.room.name')).toEqual({ name: 'mine' });
  });

  it('lists no creator in power levels from version 12 on, and keeps tombstones above', async () => {
    const made = await make({ preset: 'trusted_private_chat', invite: [BOB] });
    expect(made.contentOf('m.room.power_levels')).toMatchObject({
      users: {},
      state_default: 50,
      events: { 'm.room.tombstone': 150 },
    });
    expect(made.create['content']).toEqual({ room_version: '12', additional_creators: [BOB] });
    expect(await errorOf({ power_level_content_override: { users: { [ALICE]: 100 } } })).toEqual([
      400,
      'M_INVALID_PARAM',
    ]);
  });

  it('gives the creator and trusted invitees 100 before version 12', async () => {
    const made = await make({ room_version: '11', preset: 'trusted_private_chat', invite: [BOB], is_direct: true });
    expect(made.contentOf('m.room.power_levels')).toMatchObject({ users: { [ALICE]: 100, [BOB]: 100 } });
    expect(made.contentOf('m.room.member', BOB)).toMatchObject({ is_direct: true });
    expect(made.create['content']).toEqual({ room_version: '11' });
  });

  it('puts overrides over the power levels, key by key', async () => {
    const made = await make({ power_level_content_override: { events_default: 10, users: { [BOB]: 5 } } });
    expect(made.contentOf('m.room.power_levels')).toMatchObject({ events_default: 10, users: { [BOB]: 5 }, ban: 50 });
  });

  it('keeps creation_content but for what the server decides', async () => {
    const creation = { creator: '@mallory:one.example', room_version: '1', type: 'm.space', 'm.federate': false };
    const made = await make({ room_version: '10', creation_content: creation });
    expect(made.create['content']).toEqual({
      creator: ALICE,
      room_version: '10',
      type: 'm.space',
      'm.federate': false,
    });
  });

  it('has the servers of other users sign their invites when the room is there', async () => {
    const { roomId, types } = await make({ invite: [BOB, '@carol:far.example'], is_direct: true });
    expect(types.filter((type) => type === 'member')).toHaveLength(2);
    const invite = { roomId, sender: ALICE, targetUserId: '@carol:far.example', content: { is_direct: true } };
    expect(ports.remoteRooms.invites).toEqual([invite]);
  });

  it('makes the room where such an invite is refused', async () => {
    ports.remoteRooms.outcome = { outcome: 'refused', errcode: 'M_INVITE_BLOCKED', httpStatus: 403, error: 'No' };
    const { roomId } = await make({ invite: ['@carol:far.example'] });
    expect(ports.remoteRooms.invites).toEqual([
      { roomId, sender: ALICE, targetUserId: '@carol:far.example', content: {} },
    ]);
  });

  it.each<[string, CreateRoomRequest, [number, string]]>([
    ['an unknown version', { room_version: '99' }, [400, 'M_UNSUPPORTED_ROOM_VERSION']],
    ['an invitee that is no user id', { invite: ['@bob'] }, [400, 'M_INVALID_PARAM']],
    ['its own creator as invitee', { invite: [ALICE] }, [400, 'M_INVALID_PARAM']],
    ['an alias with a colon', { room_alias_name: 'a:b' }, [400, 'M_INVALID_PARAM']],
    ['an empty alias', { room_alias_name: '' }, [400, 'M_INVALID_PARAM']],
    ['an alias with white space', { room_alias_name: 'a b' }, [400, 'M_INVALID_PARAM']],
    ['creators that are none', { creation_content: { additional_creators: ['x'] } }, [400, 'M_BAD_JSON']],
    ['content that is too large', { creation_content: { x: 'y'.repeat(70_000) } }, [413, 'M_TOO_LARGE']],
    ['content that is not canonical', { creation_content: { x: 1.5 } }, [400, 'M_BAD_JSON']],
    [
      'invites by email',
      { invite_3pid: [{ id_server: 'x', id_access_token: 'x', medium: 'email', address: 'x' }] },
      [403, 'M_FORBIDDEN'],
    ],
  ])('refuses %s', async (_what, request, expected) => {
    expect(await errorOf(request)).toEqual(expected);
    expect(ports.writer.commands).toEqual([]);
  });

  it('leaves out invitees who take no invites, unless there are no others', async () => {
    const carol = '@carol:one.example';
    for (const userId of [BOB, carol]) await ports.accounts.addUser({ userId, passwordHash: undefined });
    const content = JSON.stringify({ default_action: 'block' });
    await ports.userStreams.transact([BOB], ({ accountData }) =>
      accountData.storeAccountData(BOB, { roomId: undefined, type: 'm.invite_permission_config', content }),
    );
    const made = await make({ preset: 'trusted_private_chat', invite: [BOB, carol] });
    expect([made.contentOf('m.room.member', BOB), made.contentOf('m.room.member', carol)]).toEqual([
      {},
      expect.objectContaining({ membership: 'invite' }),
    ]);
    expect(made.create['content']).toEqual({ room_version: '12', additional_creators: [carol] });
    expect(await errorOf({ invite: [BOB] })).toEqual([403, 'M_INVITE_BLOCKED']);
  });

  it('refuses an alias that is taken, and gives one back when the room is refused', async () => {
    await make({ room_alias_name: 'tea' });
    expect(await errorOf({ room_alias_name: 'tea' })).toEqual([400, 'M_ROOM_IN_USE']);
    ports.writer.nextReply = refused('M_FORBIDDEN', 403, 'power_levels.too_high');
    expect(await errorOf({ room_alias_name: 'coffee' })).toEqual([400, 'M_INVALID_ROOM_STATE']);
    expect(await ports.aliases.findAlias('#coffee:one.example')).toBeUndefined();
  });

  it('keeps the alias where it is unknown whether the room came to be', async () => {
    ports.writer.nextReply = { $case: 'failed', value: { error: 'unknown' } };
    expect(await errorOf({ room_alias_name: 'tea' })).toEqual([503, 'M_UNKNOWN']);
    expect(await ports.aliases.findAlias('#tea:one.example')).toBeDefined();
  });

  it('takes over the alias of a room that never came to be', async () => {
    await ports.aliases.addAlias({ roomAlias: '#tea:one.example', roomId: '!dead:one.example', creator: ALICE });
    const { roomId } = await make({ room_alias_name: 'tea' });
    expect((await ports.aliases.findAlias('#tea:one.example'))?.roomId).toBe(roomId);
  });
});
