import { StateReader } from '@plexus/room-view';
import { FakeAccountDeactivations, FakeAccounts, FakeCache, FakeRooms } from '@plexus/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRoomWriter, refused } from '../../test-support/fake-room-writer.ts';
import { OwnMemberships } from './own-memberships.ts';
import { RunDeactivations } from './run-deactivations.ts';

const USER = '@alice:one.example';

describe('RunDeactivations', () => {
  let accounts: FakeAccounts;
  let deactivations: FakeAccountDeactivations;
  let userRooms: FakeRooms;
  let writer: FakeRoomWriter;
  let job: RunDeactivations;
  const running = new AbortController().signal;

  beforeEach(async () => {
    accounts = new FakeAccounts();
    deactivations = new FakeAccountDeactivations(accounts);
    userRooms = new FakeRooms();
    writer = new FakeRoomWriter(userRooms);
    const memberships = new OwnMemberships(userRooms, new StateReader(userRooms, new FakeCache()));
    job = new RunDeactivations({ deactivations, userRooms, writer, memberships });
    await accounts.addUser({ userId: USER, passwordHash: 'hash' });
    for (const [roomId, membership] of [
      ['!joined:one.example', 'join'],
      ['!invited:one.example', 'invite'],
      ['!left:one.example', 'leave'],
    ] as const) {
      userRooms.append({ roomId, type: 'm.room.create', sender: '@bob:one.example', stateKey: '', content: {} });
      userRooms.append({ roomId, type: 'm.room.member', sender: USER, stateKey: USER, content: { membership } });
    }
  });

  async function membershipIn(roomId: string): Promise<unknown> {
    return (await userRooms.findUserRoom(USER, roomId))?.membership;
  }

  it('has nothing to do where nobody was deactivated', async () => {
    expect(await job.runOnce(running)).toBe('idle');
  });

  it('parts the user from the rooms they are in or invited to, once', async () => {
    await deactivations.startDeactivation({ userId: USER, erase: false });
    expect(await job.runOnce(running)).toBe('worked');
    expect(await membershipIn('!joined:one.example')).toBe('leave');
    expect(await membershipIn('!invited:one.example')).toBe('leave');
    expect(writer.commands.map(({ command }) => command?.$case)).toEqual(['changeMembership', 'changeMembership']);
    expect(deactivations.finished).toEqual([USER]);
    expect(await job.runOnce(running)).toBe('idle');
  });

  it('redacts all memberships of their own before it leaves, to erase', async () => {
    const named = { membership: 'join', displayname: 'Alice' };
    const event = { roomId: '!joined:one.example', type: 'm.room.member', stateKey: USER };
    userRooms.append({ ...event, sender: USER, content: named });
    await deactivations.startDeactivation({ userId: USER, erase: true });
    const { eventId } = (await userRooms.findUserRoom(USER, event.roomId)) ?? {};
    await job.runOnce(running);
    expect(writer.commands.map(({ command }) => command?.$case)).toEqual([
      'sendEvent',
      'sendEvent',
      'changeMembership',
      'changeMembership',
    ]);
    const redacted = writer.commands.flatMap(({ command }) =>
      command?.$case === 'sendEvent' ? [command.value.event?.redacts] : [],
    );
    expect([redacted[0], new Set(redacted).size]).toEqual([eventId, 2]);
  });

  it('goes on where a room refuses, and stops until later where one cannot be reached', async () => {
    await deactivations.startDeactivation({ userId: USER, erase: false });
    writer.nextReply = { $case: 'overloaded', value: { retryAfterMs: 1 } };
    await expect(job.runOnce(running)).rejects.toThrow('cannot be reached');
    expect(deactivations.finished).toEqual([]);
    deactivations.expireClaims();
    writer.nextReply = refused('M_FORBIDDEN', 403);
    expect(await job.runOnce(running)).toBe('worked');
    expect(deactivations.finished).toEqual([USER]);
  });

  it('leaves the job to others when the process stops', async () => {
    await deactivations.startDeactivation({ userId: USER, erase: false });
    await job.runOnce(AbortSignal.abort());
    expect([writer.commands, deactivations.finished]).toEqual([[], []]);
    deactivations.expireClaims();
    await job.runOnce(running);
    expect(deactivations.finished).toEqual([USER]);
  });
});
