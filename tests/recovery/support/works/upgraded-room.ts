import type { Deployment } from '../../../../scripts/cluster/deployment.ts';
import { query } from '../owners.ts';
import { loggedEvents } from './logged-events.ts';
import type { LoggedEvent } from './logged-events.ts';
import type { Workshop } from './work.ts';
import { differences, forEach, numbered } from './work.ts';

/** A room that is to be upgraded, with bans that go over. */
export interface OldRoom {
  readonly roomId: string;
  /** Where it is upgraded. */
  readonly path: string;
  readonly banned: readonly string[];
}

export async function makeOldRoom({ deployment, root }: Workshop, name: string, bans: number): Promise<OldRoom> {
  const roomId = await root.createRoom({ preset: 'public_chat', name: 'Old', room_version: '10' });
  const room = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
  const banned = numbered(`@${name}`, bans).map((userId) => `${userId}:${deployment.serverName}`);
  await forEach(banned, (userId) => root.ask('POST', `${room}/ban`, { user_id: userId }));
  return { roomId, path: `${room}/upgrade`, banned };
}

/** How many bans went over. @NOTE It must be quick: an upgrade takes no longer than a few looks at the log. */
export async function countCopiedBans(deployment: Deployment, { banned }: OldRoom): Promise<number> {
  const text = `select count(*) from user_rooms where membership = 'ban' and user_id = any($1::text[])`;
  const [row] = await query<{ count: string }>(deployment, text, [banned]);
  return Number(row?.count) - banned.length;
}

/** What is otherwise than after one upgrade, whose answer was the new room's id. */
export async function faultsOfUpgrade(deployment: Deployment, old: OldRoom, answer: unknown): Promise<string[]> {
  const successors = await successorsOf(deployment, old.roomId);
  const bans = (await loggedEvents(deployment, 'm.room.member')).filter(isBanIn(successors[0]));
  return [
    ...differences('rooms that follow the old one', successors, [answer]),
    ...differences('bans', bans.map(({ stateKey }) => stateKey).toSorted(), old.banned.toSorted()),
    ...differences('where the tombstones lead', await tombstonesOf(deployment, old.roomId), [answer]),
  ];
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
