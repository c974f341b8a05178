import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import { insist } from '../insist.ts';
import { query } from '../owners.ts';
import { loggedEvents } from './logged-events.ts';
import type { LoggedEvent } from './logged-events.ts';
import type { Work } from './work.ts';
import { differences, FINISHED_WITHIN_MS, forEach, numbered } from './work.ts';

const BANS = 150;

/** A room is replaced by one of another version, by a client that asks until it is answered. */
export const upgradeRoom: Work = {
  name: 'the upgrade of a room',
  async begin({ deployment, http, root }) {
    const oldRoomId = await root.createRoom({ preset: 'public_chat', name: 'Old', room_version: '10' });
    const room = `/_matrix/client/v3/rooms/${encodeURIComponent(oldRoomId)}`;
    const banned = numbered('@banned', BANS).map((name) => `${name}:${deployment.serverName}`);
    await forEach(banned, (userId) => root.ask('POST', `${room}/ban`, { user_id: userId }));
    const { accessToken } = root.session;
    const request = { method: 'POST', path: `${room}/upgrade`, body: { new_version: '11' }, accessToken } as const;
    const asking = insist(request, { http, attemptMs: 40_000, signal: AbortSignal.timeout(FINISHED_WITHIN_MS) });
    return {
      total: BANS,
      done: async () => (await countBans(deployment)) - BANS,
      async finish() {
        const answered = await asking;
        const answer = answered.outcome === 'answered' ? answered.body['replacement_room'] : answered;
        const [newRoomId] = await successorsOf(deployment, oldRoomId);
        const bans = (await loggedEvents(deployment, 'm.room.member')).filter(isBanIn(newRoomId));
        const tombstones = await tombstonesOf(deployment, oldRoomId);
        return [
          ...differences('rooms that follow the old one', await successorsOf(deployment, oldRoomId), [answer]),
          ...differences('bans', bans.map(({ stateKey }) => stateKey).toSorted(), banned.toSorted()),
          ...differences('where the tombstones lead', tombstones, [answer]),
        ];
      },
    };
  },
};

/** In both rooms. @NOTE It must be quick: an upgrade takes no longer than a few looks at the log. */
async function countBans(deployment: Deployment): Promise<number> {
  const text = `select count(*) from user_rooms where membership = 'ban' and user_id like '@banned-%'`;
  return Number((await query<{ count: string }>(deployment, text))[0]?.count);
}

async function successorsOf(deployment: Deployment, oldRoomId: string): Promise<string[]> {
  const creations = await loggedEvents(deployment, 'm.room.create');
  return creations.filter((event) => predecessorOf(event) === oldRoomId).map(({ roomId }) => roomId);
}

function predecessorOf({ content }: LoggedEvent): unknown {
  return (content['predecessor'] as { room_id?: unknown } | undefined)?.room_id;
}

async function tombstonesOf(deployment: Deployment, oldRoomId: string): Promise<unknown[]> {
  const tombstones = await loggedEvents(deployment, 'm.room.tombstone');
  return tombstones.filter(({ roomId }) => roomId === oldRoomId).map(({ content }) => content['replacement_room']);
}

function isBanIn(newRoomId: string | undefined): (event: LoggedEvent) => boolean {
  return ({ roomId, content }) => roomId === newRoomId && content['membership'] === 'ban';
}
