import { sendJoinResponse } from '@plexus/matrix-api';
import type { SendJoinResponse } from '@plexus/matrix-api';
import { isServerName, serverNameOf } from '@plexus/matrix-base';
import type { AnswerReader, PduChecker } from '@plexus/pdu-checks';
import type { Malformed } from '@plexus/remote-servers';
import { parseRoomEvent } from '@plexus/room-dag';
import type { BuiltRoomEvent, RoomVersionRules } from '@plexus/room-dag';
import { listOf } from './answered-events.ts';
import type { EventToStage } from './stage-events.ts';
import { verifyEvents } from './verify-events.ts';
import type { RoomOfEvents } from './verify-events.ts';

/** The room, as the server that let the user in describes it. */
export interface JoinedRoom {
  readonly outcome: 'ok';
  /** Cited by others and not in the state. */
  readonly auth: readonly EventToStage[];
  /** Before the join. */
  readonly state: readonly EventToStage[];
  /** Canonical JSON of the join. */
  readonly join: { readonly eventId: string; readonly bytes: Buffer };
  /** Whether members may be missing in the state. */
  readonly isPartial: boolean;
  readonly serversInRoom: readonly string[];
}

export interface SentJoin extends RoomOfEvents {
  readonly join: BuiltRoomEvent;
  readonly authorisingUser: string | undefined;
}

/** No room has so many servers: each is sent what is said here, as long as nobody knows better. */
const MOST_SERVERS = 20_000;

export interface ReadJoinAnswerPorts {
  readonly answers: Pick<AnswerReader, 'read'>;
  readonly checker: Pick<PduChecker, 'verify'>;
}

/**
 * Verifies the answer to a join (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid): what does not stand the
 * checks is left out, and without a create event of the room's version there is no room. Whether the state authorizes the join is for the room's
 * owner to say.
 */
export async function readJoinAnswer(
  { answers, checker }: ReadJoinAnswerPorts,
  answer: Uint8Array,
  sent: SentJoin,
): Promise<JoinedRoom | Malformed> {
  const { roomId, rules } = sent;
  const lists = ['state', 'auth_chain'];
  const read = await answers.read(answer, { lists, roomId, roomVersion: rules.version });
  if (read.outcome === 'malformed') return read;
  const checked = sendJoinResponse.check({ ...read.rest, state: [], auth_chain: [] });
  if (checked.outcome === 'reject') return { outcome: 'malformed', because: checked.because };
  const { event, members_omitted: isPartial, servers_in_room: servers = [] } = checked.value;
  const state = listOf(read, 'state');
  const create = state.find(({ type }) => type === 'm.room.create');
  if (create === undefined) return { outcome: 'malformed', because: 'the state has no valid create event' };
  if (versionOf(create, rules) !== rules.version)
    return { outcome: 'malformed', because: 'the create event names another version' };
  const join = await findJoin(checker, event, sent);
  if (join === undefined) return { outcome: 'malformed', because: 'nobody vouches for the join' };
  return {
    outcome: 'ok',
    auth: listOf(read, 'auth_chain'),
    state,
    join,
    isPartial: isPartial === true,
    serversInRoom: [...new Set(servers)].filter(isServerName).slice(0, MOST_SERVERS),
  };
}

function versionOf({ bytes, eventId }: EventToStage, rules: RoomVersionRules): string {
  const version = parseRoomEvent(bytes, eventId, rules).content['room_version'];
  return typeof version === 'string' ? version : '1';
}

/** As the resident server sends it on, with the signature of who vouches for it; where nobody has to, ours will do. */
async function findJoin(
  checker: Pick<PduChecker, 'verify'>,
  event: SendJoinResponse['event'],
  { join, authorisingUser, ...room }: SentJoin,
): Promise<JoinedRoom['join'] | undefined> {
  const ours = { eventId: join.event.eventId, bytes: join.bytes };
  const [signed] = event === undefined ? [] : await verifyEvents(checker, room, [event]);
  if (signed?.eventId === ours.eventId && !signed.isRedactedCopy)
    return { eventId: signed.eventId, bytes: signed.bytes };
  const isVouchedFor = authorisingUser === undefined || isOwn(authorisingUser, join.event.sender);
  return isVouchedFor ? ours : undefined;
}

function isOwn(authorisingUser: string, userId: string): boolean {
  return serverNameOf(authorisingUser) === serverNameOf(userId);
}
