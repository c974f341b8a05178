import { MatrixError } from '@plexus/matrix-base';
import { hashAccessToken } from '@plexus/service-shell';
import { beforeEach, describe, expect, it } from 'vitest';
import { appserviceSettings } from '../../../../libs/appservices/test-support/appservice.ts';
import { fakePorts, requesterOf } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import { EnterRoom } from './enter-room.ts';
import { FindRoomToJoin } from './find-room-to-join.ts';

const alice = requesterOf('@alice:one.example');
const FAR = '#tea:far.example';
const MADE = '#irc_tea:one.example';

let ports: FakePorts;
let hasAgreed: boolean;
let entered: string[];
let enterRoom: EnterRoom;

beforeEach(async () => {
  ports = fakePorts(['one.example']);
  [hasAgreed, entered] = [false, []];
  ports.remoteServers.answer = () => ({
    outcome: 'answered',
    status: 200,
    body: { room_id: '!tea:far.example', servers: ['other.example'] },
  });
  enterRoom = new EnterRoom({
    findRoom: new FindRoomToJoin(ports),
    changeMembership: {
      async execute(_requester, roomId) {
        entered.push(roomId);
        return '$event';
      },
    },
    requireConsent: {
      execute: () => (hasAgreed ? undefined : Promise.reject(new MatrixError('M_CONSENT_NOT_GIVEN', 403, 'Agree'))),
    },
  });
});

/** An application service that makes rooms of IRC channels when it is asked for them. */
async function register(): Promise<void> {
  const settings = appserviceSettings({ aliases: ['#irc_.*'] });
  const tokenHash = hashAccessToken('as_token_of_irc');
  await ports.appservices.repository.addAppservice({
    id: 'irc',
    servers: 'all',
    origin: 'admin-api',
    settings,
    hsToken: 'hs',
    tokenHash,
  });
}

describe('EnterRoom', () => {
  it.each(['join', 'knock'] as const)(
    'asks no other server where the user must agree to a policy first: %s',
    async (action) => {
      await expect(enterRoom.execute(alice, FAR, { action })).rejects.toMatchObject({ errcode: 'M_CONSENT_NOT_GIVEN' });
      expect(ports.remoteServers.asked).toEqual([]);
      hasAgreed = true;
      expect(await enterRoom.execute(alice, FAR, { action })).toBe('!tea:far.example');
      expect([ports.remoteServers.asked.length, entered]).toEqual([1, ['!tea:far.example']]);
    },
  );

  it('has no application service make a room for who must agree first', async () => {
    await register();
    await expect(enterRoom.execute(alice, MADE, { action: 'join' })).rejects.toMatchObject({
      errcode: 'M_CONSENT_NOT_GIVEN',
    });
    expect(ports.appservices.requests.asked).toEqual([]);
    hasAgreed = true;
    await expect(enterRoom.execute(alice, MADE, { action: 'join' })).rejects.toMatchObject({ errcode: 'M_NOT_FOUND' });
    expect(ports.appservices.requests.asked).toEqual([`alias irc ${MADE}`]);
  });

  it('asks nobody for a room that a suspended user names by an alias', async () => {
    hasAgreed = true;
    await register();
    const suspended = { ...alice, isSuspended: true };
    for (const alias of [FAR, MADE]) {
      await expect(enterRoom.execute(suspended, alias, { action: 'join' })).rejects.toMatchObject({
        errcode: 'M_USER_SUSPENDED',
      });
    }
    expect([ports.remoteServers.asked, ports.appservices.requests.asked, entered]).toEqual([[], [], []]);
  });

  it('leaves it to the membership where the room is known here: it may be that of the server’s notices', async () => {
    await ports.accounts.addAlias({
      roomAlias: '#known:one.example',
      roomId: '!known:one.example',
      creator: alice.userId,
    });
    expect(await enterRoom.execute(alice, '#known:one.example', { action: 'join' })).toBe('!known:one.example');
  });
});
