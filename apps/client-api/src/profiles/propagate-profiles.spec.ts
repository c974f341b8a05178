import { beforeEach, describe, expect, it } from 'vitest';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { fakePorts } from '../../test-support/fake-ports.ts';
import { PropagateProfiles } from './propagate-profiles.ts';

const ALICE = '@alice:one.example';
const NEVER = new AbortController().signal;

let ports: FakePorts;
let propagate: PropagateProfiles;
beforeEach(async () => {
  ports = fakePorts();
  await ports.users.addUser({ userId: ALICE, passwordHash: undefined });
  for (let room = 0; room < 30; room += 1) join(roomIdOf(room));
  propagate = new PropagateProfiles(ports, 1_000_000, () => {});
});

function roomIdOf(room: number): string {
  return `!r${String(room).padStart(2, '0')}:one.example`;
}

function join(roomId: string, membership = 'join'): void {
  ports.rooms.append({ roomId, type: 'm.room.member', sender: ALICE, stateKey: ALICE, content: { membership } });
}

/** What each command says, in order. */
function told(): unknown[] {
  return ports.writer.commands.map(({ roomId, command }) => {
    const content = command?.$case === 'changeMembership' ? command.value.content.toString() : '';
    return [roomId, JSON.parse(content)];
  });
}

describe('PropagateProfiles', () => {
  it('tells every joined room once', async () => {
    await ports.profiles.changeProfile(ALICE, 'displayname', 'Alice');
    join(roomIdOf(7), 'leave');
    expect(await propagate.runOnce(NEVER)).toBe('worked');
    const joined = Array.from({ length: 30 }, (_, room) => roomIdOf(room)).filter((roomId) => roomId !== roomIdOf(7));
    expect(told()).toEqual(joined.map((roomId) => [roomId, { displayname: 'Alice' }]));
    expect(await propagate.runOnce(NEVER)).toBe('idle');
  });

  it('goes on where a process that died has left off, with the same commands', async () => {
    const { jobs } = ports.profiles;
    await ports.profiles.changeProfile(ALICE, 'displayname', 'Alice');
    const job = jobs.get(ALICE);
    if (job === undefined) throw new Error('there is no job');
    await propagate.runOnce(NEVER);
    const ids = ports.writer.commands.map(({ commandId }) => commandId);
    jobs.set(ALICE, { ...job, lastRoomId: roomIdOf(19) });
    await propagate.runOnce(NEVER);
    expect(ports.writer.commands.slice(30).map(({ commandId }) => commandId)).toEqual(ids.slice(20));
  });

  it('tells of a later change with other commands', async () => {
    for (const name of ['Alice', 'Alicia', 'Alice']) {
      await ports.profiles.changeProfile(ALICE, 'displayname', name);
      await propagate.runOnce(NEVER);
    }
    expect(new Set(ports.writer.commands.map(({ commandId }) => commandId)).size).toBe(3 * 30);
  });

  it('begins again with the newest profile when it changes on the way', async () => {
    await ports.profiles.changeProfile(ALICE, 'displayname', 'Alice');
    const { writer } = ports;
    const changing = new PropagateProfiles(
      {
        ...ports,
        writer: {
          execute: async (command) => {
            if (writer.commands.length === 5) await ports.profiles.changeProfile(ALICE, 'displayname', 'Alicia');
            return writer.execute(command);
          },
        },
      },
      1_000_000,
      () => {},
    );
    await changing.runOnce(NEVER);
    expect(told().slice(-30)).toEqual(
      Array.from({ length: 30 }, (_, room) => [roomIdOf(room), { displayname: 'Alicia' }]),
    );
    expect(ports.profiles.jobs.size).toBe(0);
  });

  it('passes over a room that refuses and stops at one that cannot be reached', async () => {
    await ports.profiles.changeProfile(ALICE, 'displayname', 'Alice');
    ports.writer.nextReply = {
      $case: 'refused',
      value: { errcode: 'M_FORBIDDEN', httpStatus: 403, error: '', rule: '' },
    };
    await propagate.runOnce(NEVER);
    expect(told()).toHaveLength(30);
    await ports.profiles.changeProfile(ALICE, 'displayname', 'Alicia');
    ports.writer.nextReply = { $case: 'overloaded', value: { retryAfterMs: 1 } };
    await expect(propagate.runOnce(NEVER)).rejects.toThrow(roomIdOf(0));
    expect(ports.profiles.jobs.size).toBe(1);
  });
});
