import { hashAccessToken } from '@plexus/service-shell';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { refused } from '../../test-support/fake-room-writer.ts';
import { RemoveServer } from './remove-server.ts';
import { RunRemovals } from './run-removals.ts';

const ANN = '@ann:gone.example';
const BEN = '@ben:gone.example';
const ROOM = '!r:one.example';
const running = new AbortController().signal;

let ports: FakePorts;
let removals: RunRemovals;
let jobId: string;

beforeEach(async () => {
  ports = fakePorts(['one.example']);
  const seed = Buffer.alloc(32, 5);
  await ports.servers.addServer({
    serverName: 'gone.example',
    settings: {},
    origin: 'admin-api',
    keyId: 'ed25519:a',
    seed,
  });
  for (const userId of [ANN, BEN]) await ports.accounts.addUser({ userId, passwordHash: 'x' });
  const tokenHash = hashAccessToken('token');
  await ports.accounts.openSession({ userId: ANN, deviceId: 'D', deviceDisplayName: undefined, tokenHash });
  ports.rooms.append({
    roomId: ROOM,
    type: 'm.room.member',
    sender: ANN,
    stateKey: ANN,
    content: { membership: 'join' },
  });
  ports.rooms.append({
    roomId: ROOM,
    type: 'm.room.member',
    sender: ANN,
    stateKey: BEN,
    content: { membership: 'invite' },
  });
  removals = new RunRemovals(ports);
  jobId = (await new RemoveServer(ports.servers, ports.removals, ports.random).start('gone.example')).jobId;
});

describe('RunRemovals', () => {
  it('deactivates the users, parts them from their rooms, and removes the server', async () => {
    expect(await removals.runOnce(running)).toBe('worked');
    expect(departures()).toEqual([`${ANN} leave`, `${BEN} leave`]);
    expect(await ports.rooms.findUserRooms(ANN)).toEqual([]);
    expect(await ports.rooms.findUserRooms(BEN)).toEqual([]);
    expect(await ports.accounts.findAccess(hashAccessToken('token'))).toBeUndefined();
    expect(await ports.accounts.countUsers('gone.example')).toBe(0);
    expect(ports.servers.isHosted('gone.example')).toBe(false);
    expect(ports.servers.isHosted('one.example')).toBe(true);
    expect(await ports.removals.findRemoval(jobId)).toMatchObject({ step: 'done', usersDone: 2, refusedDepartures: 0 });
    expect(await removals.runOnce(running)).toBe('idle');
  });

  it('asks every room to forget the user, also those that were left long ago', async () => {
    ports.rooms.append({
      roomId: '!left:one.example',
      type: 'm.room.member',
      sender: ANN,
      stateKey: ANN,
      content: { membership: 'leave' },
    });
    await removals.runOnce(running);
    expect(await ports.rooms.findUserRooms(ANN)).toEqual([]);
  });

  it('waits until nothing is left of the rooms that went with the server, and says how many they are', async () => {
    const left = [2, 1, 0];
    const seen: unknown[] = [];
    removals = new RunRemovals({
      ...ports,
      removedRooms: { countRemovedRooms: async () => left.shift() ?? 0 },
      clock: {
        now: () => 0,
        delay: async () => void seen.push((await ports.removals.findRemoval(jobId))?.roomsLeft),
      },
    });
    await removals.runOnce(running);
    expect(seen).toEqual([2, 1]);
    expect(await ports.removals.findRemoval(jobId)).toMatchObject({ step: 'done', roomsLeft: 0 });
  });

  it('counts a departure that the room refuses, and goes on', async () => {
    ports.writer.nextReply = refused('M_FORBIDDEN', 403);
    await removals.runOnce(running);
    expect(await ports.removals.findRemoval(jobId)).toMatchObject({ step: 'done', refusedDepartures: 1 });
  });

  it('stops where a room cannot be reached, says why, and is taken up again where it stopped', async () => {
    const before = await ports.users.findUser(BEN);
    ports.writer.nextReply = { $case: 'failed', value: { error: 'no owner' } };
    await expect(removals.runOnce(running)).rejects.toThrow('cannot be reached');
    expect(await ports.removals.findRemoval(jobId)).toMatchObject({ step: 'users', usersDone: 0 });
    expect((await ports.removals.findRemoval(jobId))?.lastError).toContain('cannot be reached');
    expect(await ports.users.findUser(BEN)).toEqual(before);
    ports.removals.expireClaims();
    await removals.runOnce(running);
    expect(await ports.removals.findRemoval(jobId)).toMatchObject({ step: 'done', usersDone: 2, lastError: undefined });
  });

  it('asks for a departure under the same command id when it is repeated', async () => {
    ports.writer.nextReply = { $case: 'failed', value: { error: 'outcome unknown' } };
    await expect(removals.runOnce(running)).rejects.toThrow('cannot be reached');
    ports.removals.expireClaims();
    await removals.runOnce(running);
    const [first, second] = ports.writer.commands;
    expect(second?.commandId).toBe(first?.commandId);
  });

  it('leaves a job to the process that claimed it from here', async () => {
    const { writer } = ports;
    const execute = writer.execute.bind(writer);
    writer.execute = async (request) => {
      ports.removals.expireClaims();
      await ports.removals.claimRemoval();
      return execute(request);
    };
    await expect(removals.runOnce(running)).rejects.toThrow('another process');
    expect(await ports.removals.findRemoval(jobId)).toMatchObject({ step: 'users', lastError: undefined });
  });

  it('stops between users when the process stops', async () => {
    const stopping = new AbortController();
    const { writer } = ports;
    const execute = writer.execute.bind(writer);
    writer.execute = (request) => {
      stopping.abort();
      return execute(request);
    };
    await removals.runOnce(stopping.signal);
    expect(await ports.removals.findRemoval(jobId)).toMatchObject({ step: 'users', usersDone: 1, lastUserId: ANN });
  });
});

/** Who was parted from a room, in order. */
function departures(): string[] {
  return ports.writer.commands.flatMap(({ command }) =>
    command?.$case === 'changeMembership' ? [`${command.value.targetUserId} ${command.value.membership}`] : [],
  );
}
