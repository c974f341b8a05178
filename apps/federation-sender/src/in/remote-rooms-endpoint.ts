import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RemoteMembership, RemoteRoomOutcome, RemoteRooms } from '@plexus/remote-servers';
import type {
  BackfillAnswer,
  BackfillRequest,
  RemoteInviteRequest,
  RemoteMembershipRequest,
  RemoteRoomAnswer,
  SenderHandler,
} from '@plexus/rpc';

const MEMBERSHIPS = ['join', 'knock', 'leave'] as const;

/** What other services ask of this one about rooms of other servers. */
export class RemoteRoomsEndpoint implements Pick<
  SenderHandler,
  'changeRemoteMembership' | 'inviteRemoteUser' | 'backfillRoom'
> {
  readonly #rooms: RemoteRooms;

  constructor(rooms: RemoteRooms) {
    this.#rooms = rooms;
  }

  async changeRemoteMembership(request: RemoteMembershipRequest): Promise<RemoteRoomAnswer> {
    const { roomId, userId, servers } = request;
    const [membership, content] = [membershipOf(request.membership), parseContent(request.content)];
    return answerOf(await this.#rooms.changeMembership({ roomId, userId, servers, membership, content }));
  }

  async inviteRemoteUser(request: RemoteInviteRequest): Promise<RemoteRoomAnswer> {
    const { roomId, sender, targetUserId } = request;
    const content = parseContent(request.content);
    return answerOf(await this.#rooms.inviteUser({ roomId, sender, targetUserId, content }));
  }

  async backfillRoom(request: BackfillRequest): Promise<BackfillAnswer> {
    return { stored: await this.#rooms.backfill(request) };
  }
}

function membershipOf(written: string): RemoteMembership['membership'] {
  const membership = MEMBERSHIPS.find((one) => one === written);
  if (membership === undefined) throw new TypeError(`${written} is no membership to be had from another server`);
  return membership;
}

function parseContent(bytes: Buffer): JsonObject {
  const parsed = parseJson(bytes);
  if (parsed.outcome === 'ok' && isJsonObject(parsed.value)) return parsed.value;
  throw new TypeError('The content is not a JSON object');
}

function answerOf(outcome: RemoteRoomOutcome): RemoteRoomAnswer {
  if (outcome.outcome === 'done') return { result: { $case: 'done', value: { eventId: outcome.eventId } } };
  const { errcode, httpStatus, error, roomVersion = '' } = outcome;
  return { result: { $case: 'refused', value: { errcode, httpStatus, error, roomVersion } } };
}
