import type { SendJoinResponse } from '@plexus/matrix-api';
import { isServerName, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { PduChecker } from '@plexus/pdu-checks';
import type { Malformed } from '@plexus/remote-servers';
import { isCreateEvent } from '@plexus/room-dag';
import type { BuiltRoomEvent } from '@plexus/room-dag';
import { verifyEvents } from './verify-events.ts';
import type { RoomOfEvents, VerifiedEvent } from './verify-events.ts';

/** The room, as the server that let the user in describes it. */
export interface JoinedRoom {
  readonly outcome: 'ok';
  /** Cited by others and not in the state. */
  readonly auth: readonly VerifiedEvent[];
  /** Before the join. */
  readonly state: readonly VerifiedEvent[];
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

/**
 * Verifies the answer to a join (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid): what does not stand the
 * checks is left out, and without a create event of the room's version there is no room. Whether the state authorizes the join is for the room's
 * owner to say.
 */
export async function readJoinAnswer(
  checker: Pick<PduChecker, 'verify'>,
  answer: SendJoinResponse,
  sent: SentJoin,
): Promise<JoinedRoom | Malformed> {
  const state = await verifyEvents(checker, sent, answer.state);
  const inState = new Set(state.map(({ eventId }) => eventId));
  const isNew = (event: VerifiedEvent): boolean => !inState.has(event.eventId);
  const auth = (await verifyEvents(checker, sent, answer.auth_chain)).filter(isNew);
  const create = state.find(({ pdu }) => isCreateEvent(pdu));
  if (create === undefined) return { outcome: 'malformed', because: 'the state has no valid create event' };
  if (versionOf(create.pdu) !== sent.rules.version)
    return { outcome: 'malformed', because: 'the create event names another version' };
  const join = await findJoin(checker, answer, sent);
  if (join === undefined) return { outcome: 'malformed', because: 'nobody vouches for the join' };
  return {
    outcome: 'ok',
    auth,
    state,
    join,
    isPartial: answer.members_omitted === true,
    serversInRoom: (answer.servers_in_room ?? []).filter(isServerName),
  };
}

function versionOf({ content }: JsonObject): string {
  const version = (content as JsonObject)['room_version'];
  return typeof version === 'string' ? version : '1';
}

/** As the resident server sends it on, with the signature of who vouches for it; where nobody has to, ours will do. */
async function findJoin(
  checker: Pick<PduChecker, 'verify'>,
  { event }: SendJoinResponse,
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
