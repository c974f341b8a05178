import type { Json } from '../../support/matrix-client.ts';
import { textOf } from '../../support/matrix-client.ts';
import type { Actor } from './actor.ts';
import { MARKER } from './actor.ts';

/** A room that anybody may enter and change. */
export const ROOM = { preset: 'public_chat', power_level_content_override: { state_default: 0 } };

const PASSWORD = 'wonderland';
const V3 = '/_matrix/client/v3';

export type Action = (actor: Actor) => Promise<void>;

/** How often each is done, of all. Every client request that changes a room is there. */
const WEIGHTS: readonly (readonly [Action, number])[] = [
  [sendMessage, 70],
  [setState, 10],
  [sendAndRedact, 6],
  [leaveAndJoin, 10],
  [createRoom, 2],
  [createPublishedRoom, 2],
  [register, 2],
];
const TOTAL = WEIGHTS.reduce((sum, [, weight]) => sum + weight, 0);

/** What may be lost without a trace: nothing that comes later rests on it. */
export async function sendToEnteredRoom(actor: Actor): Promise<void> {
  await sendTo(actor, actor.anyEnteredRoom());
}

export function chooseAction(actor: Actor): Action {
  let left = actor.random.integer(TOTAL);
  for (const [action, weight] of WEIGHTS) {
    if (left < weight) return action;
    left -= weight;
  }
  return sendMessage;
}

async function sendMessage(actor: Actor): Promise<void> {
  await sendTo(actor, await actor.enterAnyRoom());
}

/** Sends a message into this room; gives its id, or nothing where it was given up. */
export async function sendTo(actor: Actor, roomId: string): Promise<string | undefined> {
  const marker = actor.newMarker();
  const body = { msgtype: 'm.text', body: marker, [MARKER]: marker };
  const path = `${inRoom(roomId)}/send/m.room.message/${marker}`;
  const answer = await actor.ask(
    { method: 'PUT', path, body },
    { event: { marker, roomId: () => roomId, isOnce: true } },
  );
  return answer === undefined ? undefined : textOf(answer, 'event_id');
}

async function setState(actor: Actor): Promise<void> {
  const marker = actor.newMarker();
  const roomId = await actor.enterAnyRoom();
  const path = `${inRoom(roomId)}/state/org.plexus.note/${encodeURIComponent(actor.name)}`;
  await actor.ask(
    { method: 'PUT', path, body: { [MARKER]: marker } },
    { event: { marker, roomId: () => roomId, isOnce: false } },
  );
}

async function sendAndRedact(actor: Actor): Promise<void> {
  const roomId = await actor.enterAnyRoom();
  const eventId = await sendTo(actor, roomId);
  if (eventId === undefined) return;
  const marker = actor.newMarker();
  const path = `${inRoom(roomId)}/redact/${encodeURIComponent(eventId)}/${marker}`;
  const body = { reason: marker };
  await actor.ask({ method: 'PUT', path, body }, { event: { marker, roomId: () => roomId, isOnce: true } });
}

async function leaveAndJoin(actor: Actor): Promise<void> {
  const roomId = await actor.enterAnyRoom();
  for (const change of ['leave', 'join']) {
    const marker = actor.newMarker();
    const path = `${inRoom(roomId)}/${change}`;
    await actor.ask(
      { method: 'POST', path, body: { reason: marker } },
      { event: { marker, roomId: () => roomId, isOnce: false } },
    );
  }
}

async function createRoom(actor: Actor): Promise<void> {
  await createWith(actor, {});
}

async function createPublishedRoom(actor: Actor): Promise<void> {
  const localpart = actor.newMarker();
  const roomId = await createWith(actor, { room_alias_name: localpart, visibility: 'public' });
  if (roomId === undefined) return;
  const path = `${V3}/join/${encodeURIComponent(`#${localpart}:localhost`)}`;
  const answer = await actor.ask({ method: 'POST', path, body: {} });
  if (answer !== undefined && answer['room_id'] !== roomId) actor.complain(`${path} is not ${roomId}`);
}

async function createWith(actor: Actor, options: Json): Promise<string | undefined> {
  const marker = actor.newMarker();
  const body = { ...ROOM, ...options, creation_content: { [MARKER]: marker } };
  const effect = { event: { marker, roomId: roomOf, isOnce: false }, errorOfRepeated: 'M_ROOM_IN_USE' };
  const answer = await actor.ask({ method: 'POST', path: `${V3}/createRoom`, body }, effect);
  if (answer === undefined) return undefined;
  await actor.addRoom(roomOf(answer));
  return roomOf(answer);
}

function roomOf(created: Json): string {
  return textOf(created, 'room_id');
}

/** @NOTE An account that was made by an attempt without an answer is there as well: its password opens it. */
async function register(actor: Actor): Promise<void> {
  const username = actor.newMarker();
  const body = { username, password: PASSWORD, auth: { type: 'm.login.dummy' } };
  await actor.ask({ method: 'POST', path: `${V3}/register`, body }, { errorOfRepeated: 'M_USER_IN_USE' });
  await checkAccount(actor, username);
  actor.addAccount(username);
}

/** The account is there. */
export async function checkAccount(actor: Actor, username: string): Promise<void> {
  const identifier = { type: 'm.id.user', user: username };
  const body = { type: 'm.login.password', identifier, password: PASSWORD };
  await actor.ask({ method: 'POST', path: `${V3}/login`, body });
}

export function inRoom(roomId: string): string {
  return `${V3}/rooms/${encodeURIComponent(roomId)}`;
}
