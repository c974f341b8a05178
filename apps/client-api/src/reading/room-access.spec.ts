import { StateReader } from '@plexus/room-view';
import { expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import { ReadRoomAccess } from './room-access.ts';

const ROOM = '!room:one.example';
const USER = '@late:one.example';

it('knows a member of whose join the list of rooms has not heard yet', async () => {
  const { rooms, stateNodes, forgotten } = fakePorts();
  rooms.append({ roomId: ROOM, type: 'm.room.create', sender: USER, stateKey: '', content: {} });
  const userRooms = { ...fakePorts().userRooms, findUserRoom: async () => undefined };
  const access = new ReadRoomAccess({ rooms, userRooms, forgotten, states: new StateReader(rooms, stateNodes) });
  await expect(access.execute(USER, ROOM)).rejects.toMatchObject({ httpStatus: 403 });

  const content = { membership: 'join' };
  rooms.append({ roomId: ROOM, type: 'm.room.member', sender: USER, stateKey: USER, content });
  expect(await access.execute(USER, ROOM)).toMatchObject({ kind: 'joined' });
});
