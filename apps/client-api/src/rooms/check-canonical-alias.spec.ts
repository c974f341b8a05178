import type { JsonObject } from '@plexus/matrix-base';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakePorts } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { composeRoomState } from '../compose-join-steps.ts';
import { CheckCanonicalAlias } from './check-canonical-alias.ts';
import { FindRoomToJoin } from './find-room-to-join.ts';

const [ALICE, ROOM] = ['@alice:one.example', '!tea:one.example'];
const [HERE, FAR, LISTED] = ['#tea:one.example', '#tea:far.example', '#older:far.example'];

let ports: FakePorts;
let leadsTo: string | undefined;
beforeEach(async () => {
  ports = fakePorts(['one.example']);
  leadsTo = ROOM;
  ports.remoteServers.answer = () =>
    leadsTo === undefined
      ? { outcome: 'answered', status: 404, body: { errcode: 'M_NOT_FOUND', error: 'No such alias' } }
      : { outcome: 'answered', status: 200, body: { room_id: leadsTo, servers: [] } };
  await ports.accounts.addAlias({ roomAlias: HERE, roomId: ROOM, creator: ALICE });
  const content = { alias: HERE, alt_aliases: [LISTED] };
  ports.rooms.append({ roomId: ROOM, sender: ALICE, type: 'm.room.canonical_alias', stateKey: '', content });
});

async function check(content: JsonObject): Promise<void> {
  const states = composeRoomState(ports);
  await new CheckCanonicalAlias({ ...ports, states, findRoom: new FindRoomToJoin(ports) }).execute(
    'one.example',
    ROOM,
    content,
  );
}

describe('aliases of other servers', () => {
  it('may be listed where their servers say that they lead to the room', async () => {
    await check({ alias: HERE, alt_aliases: [FAR] });
    expect(ports.remoteServers.asked.map(({ destination }) => destination)).toEqual(['far.example']);
  });

  it.each(['!another:one.example', undefined])('are refused where they lead to %s', async (roomId) => {
    leadsTo = roomId;
    await expect(check({ alias: FAR })).rejects.toMatchObject({ errcode: 'M_BAD_ALIAS', httpStatus: 400 });
  });

  it('that the room lists already stay without a question', async () => {
    leadsTo = undefined;
    await check({ alias: HERE, alt_aliases: [LISTED] });
    await check({ alias: LISTED });
    expect(ports.remoteServers.asked).toEqual([]);
  });

  it('are not added by the hundred', async () => {
    const many = Array.from({ length: 11 }, (_, index) => `#tea${index}:far.example`);
    await expect(check({ alt_aliases: many })).rejects.toMatchObject({ errcode: 'M_INVALID_PARAM' });
    expect(ports.remoteServers.asked).toEqual([]);
  });

  it('cannot be checked while their server is away', async () => {
    ports.remoteServers.answer = () => ({ outcome: 'unreachable', reason: 'connect', because: 'nobody is there' });
    await expect(check({ alias: FAR })).rejects.toMatchObject({ httpStatus: 502 });
  });
});
