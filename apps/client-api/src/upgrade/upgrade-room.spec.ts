import { MatrixError } from '@plexus/matrix-base';
import { RedactionReader, RoomState, StateReader } from '@plexus/room-view';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakePorts, requesterOf } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { composeUpgrades } from '../compose-directory.ts';
import { RunAdminJobs } from '../jobs/run-admin-jobs.ts';
import type { JobOutcome } from '../jobs/run-admin-jobs.ts';
import { ReadRoomAccess } from '../reading/room-access.ts';
import { UPGRADE_ROOM } from './upgrade-job.ts';
import { upgradeRoomWork } from './upgrade-room-work.ts';
import type { UpgradeRoom } from './upgrade-room.ts';

const [ALICE, BOB] = ['@alice:one.example', '@bob:one.example'] as const;
const OLD = '!old:one.example';

let ports: FakePorts;
let upgradeRoom: UpgradeRoom;
/** So many commands reach the rooms' owners; then they cannot be reached. */
let reachable: number;

beforeEach(async () => {
  ports = fakePorts();
  reachable = Infinity;
  await ports.accounts.addUser({ userId: ALICE, passwordHash: undefined });
  const said = { roomId: OLD, sender: ALICE };
  ports.rooms.append({ ...said, type: 'm.room.create', stateKey: '', content: {} });
  ports.rooms.append({ ...said, type: 'm.room.member', stateKey: ALICE, content: { membership: 'join' } });
  ports.rooms.append({ ...said, type: 'm.room.power_levels', stateKey: '', content: { users: { [ALICE]: 100 } } });
  const writer: FakePorts['writer']['execute'] = async (request) => {
    reachable -= 1;
    return reachable < 0 ? { $case: 'failed', value: { error: 'away' } } : ports.writer.execute(request);
  };
  const stateReader = new StateReader(ports.rooms, ports.stateNodes);
  const states = new RoomState(ports.rooms, stateReader, new RedactionReader(ports.rooms, stateReader));
  const access = new ReadRoomAccess({ ...ports, states: stateReader });
  upgradeRoom = composeUpgrades({ ...ports, writer: { execute: writer } }, { access, states });
});

function upgrade(): Promise<string> {
  return upgradeRoom.execute(requesterOf(ALICE), OLD, { new_version: '11' });
}

async function runJob(): Promise<JobOutcome> {
  ports.admin.jobs.now += 60_000;
  const kinds = { [UPGRADE_ROOM]: (run: Parameters<typeof upgradeRoomWork>[0]) => upgradeRoomWork(run, upgradeRoom) };
  const jobs = new RunAdminJobs({ ...ports, jobs: ports.admin.jobs }, kinds, () => undefined);
  return await jobs.runOnce(new AbortController().signal);
}

function replacements(): unknown[] {
  const events = ports.writer.commands.flatMap(({ command }) =>
    command?.$case === 'sendEvent' ? (command.value.event ?? []) : [],
  );
  const tombstones = events.filter(({ type }) => type === 'm.room.tombstone');
  return tombstones.map(
    ({ content }) => (JSON.parse(content.toString()) as Record<string, unknown>)['replacement_room'],
  );
}

function madeRooms(): string[] {
  const made = ports.writer.commands.filter(({ command }) => command?.$case === 'createRoom');
  return [...new Set(made.map(({ roomId }) => roomId))];
}

describe('UpgradeRoom', () => {
  it('leaves nothing to a job where it comes to its end', async () => {
    const replacement = await upgrade();
    expect([madeRooms(), replacements()]).toEqual([[replacement], [replacement]]);
    expect(await runJob()).toBe('idle');
  });

  it.each([0, 1, 2])('is finished by a job where %i of its steps were taken', async (steps) => {
    reachable = steps;
    await expect(upgrade()).rejects.toThrow(MatrixError);
    reachable = Infinity;
    expect(await runJob()).toBe('complete');
    expect(madeRooms()).toHaveLength(1);
    expect(replacements()).toEqual(madeRooms());
    expect(await runJob()).toBe('idle');
  });

  it('is given up where somebody else has replaced the room meanwhile', async () => {
    reachable = 0;
    await expect(upgrade()).rejects.toThrow(MatrixError);
    reachable = Infinity;
    const content = { replacement_room: '!other:one.example' };
    ports.rooms.append({ roomId: OLD, sender: BOB, type: 'm.room.tombstone', stateKey: '', content });
    expect(await runJob()).toBe('failed');
    expect(madeRooms()).toEqual([]);
  });

  it('keeps no job of what its user may not do', async () => {
    await ports.accounts.addUser({ userId: BOB, passwordHash: undefined });
    await expect(upgradeRoom.execute(requesterOf(BOB), OLD, { new_version: '11' })).rejects.toThrow(MatrixError);
    expect(await runJob()).toBe('idle');
  });
});
