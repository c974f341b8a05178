import { toClientEvent } from '@plexus/room-dag';
import type { ClientEvent } from '@plexus/room-dag';
import { readEvent } from '@plexus/room-view';
import type { PublishedRoomRepository, RoomReader } from '@plexus/storage';
import type { SyncAnswerer } from '../answer/answer-sync.ts';
import { compileFilter } from '../answer/sync-filter.ts';
import type { RequestEnd } from '../sessions/request-end.ts';
import type { Membership } from '../sessions/user-session.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import type { InitialSyncBody, RoomInfo, SyncedBody, SyncedEvent, SyncedRoom } from './initial-sync-body.ts';

/** A request for `/initialSync` of an authenticated device, parsed. */
export interface InitialSyncRequest {
  readonly userId: string;
  readonly deviceId: string;
  /** The hosted server of the user, whose directory it is. */
  readonly serverName: string;
  /** Messages of each room. */
  readonly limit: number;
  /** Whether rooms that the user has left are told too. */
  readonly archived: boolean;
  /** Reached when the client has gone. */
  readonly end: RequestEnd;
}

export interface AnswerInitialSyncOptions {
  readonly answerer: Pick<SyncAnswerer, 'answer'>;
  readonly sessions: Pick<UserSessions, 'open'>;
  readonly reader: Pick<RoomReader, 'findRoom' | 'findEventsById'>;
  readonly published: Pick<PublishedRoomRepository, 'isPublished'>;
}

/**
 * Answers `/initialSync` over all rooms of a user (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3initialsync): what an
 * initial `/sync` would tell, in the form from which that came. Its place is one for `/events`.
 */
export class AnswerInitialSync {
  readonly #options: AnswerInitialSyncOptions;

  constructor(options: AnswerInitialSyncOptions) {
    this.#options = options;
  }

  async execute(request: InitialSyncRequest): Promise<InitialSyncBody> {
    const synced = await this.#sync(request);
    const { join = {}, invite = {}, leave = {} } = synced.rooms ?? {};
    const rooms = [
      ...Object.entries(join).map(([roomId, room]) => infoOf(roomId, room, { membership: 'join', synced })),
      ...(await this.#readInvites(request, Object.keys(invite))),
      ...Object.entries(leave).map(([roomId, room]) => {
        return infoOf(roomId, room, { membership: endedBy(request.userId, room), synced });
      }),
    ];
    return {
      end: synced.next_batch,
      presence: synced.presence?.events ?? [],
      account_data: synced.account_data?.events ?? [],
      rooms: await Promise.all(rooms.map((room) => this.#addVisibility(room, request))),
    };
  }

  async #sync({ userId, deviceId, limit, archived, end }: InitialSyncRequest): Promise<SyncedBody> {
    const { body } = await this.#options.answerer.answer({
      userId,
      deviceId,
      since: undefined,
      words: undefined,
      filter: compileFilter({ room: { include_leave: archived, timeline: { limit } } }),
      timeout: 0,
      fullState: false,
      // The state as it is, not as it was before the messages.
      useStateAfter: true,
      setPresence: 'online',
      end,
    });
    return JSON.parse(body) as SyncedBody;
  }

  async #readInvites({ userId }: InitialSyncRequest, roomIds: readonly string[]): Promise<RoomInfo[]> {
    if (roomIds.length === 0) return [];
    const { memberships } = await this.#options.sessions.open(userId);
    return await Promise.all(
      roomIds.map(async (roomId) => {
        const invite = await this.#readInvite(memberships.get(roomId));
        return { room_id: roomId, membership: 'invite', ...(invite !== undefined && { invite }) };
      }),
    );
  }

  /** Nothing for an invite of which only stripped state is stored. */
  async #readInvite(membership: Membership | undefined): Promise<ClientEvent | undefined> {
    if (membership?.eventId === undefined) return undefined;
    const { reader } = this.#options;
    const { room, eventId } = membership;
    const { shard, roomNid } = room;
    const stored = (await reader.findEventsById(shard, roomNid, [eventId])).get(eventId);
    const roomVersion = room.roomVersion ?? (await reader.findRoom(room.roomId))?.roomVersion;
    if (stored === undefined || roomVersion === undefined) return undefined;
    return toClientEvent(readEvent(stored, roomVersion));
  }

  async #addVisibility(room: RoomInfo, { serverName }: InitialSyncRequest): Promise<RoomInfo> {
    const isPublished = await this.#options.published.isPublished(serverName, room.room_id);
    return { ...room, visibility: isPublished ? 'public' : 'private' };
  }
}

function infoOf(
  roomId: string,
  { timeline, state_after: state, account_data: accountData }: SyncedRoom,
  { membership, synced }: { readonly membership: string; readonly synced: SyncedBody },
): RoomInfo {
  const inRoom = (event: SyncedEvent): SyncedEvent => ({ ...event, room_id: roomId });
  return {
    room_id: roomId,
    membership,
    messages: {
      ...(timeline.prev_batch !== undefined && { start: timeline.prev_batch }),
      end: synced.next_batch,
      chunk: timeline.events.map(inRoom),
    },
    state: (state?.events ?? []).map(inRoom),
    account_data: accountData?.events ?? [],
  };
}

/** `leave` or `ban`, by the newest event that says so. */
function endedBy(userId: string, { timeline, state_after: state }: SyncedRoom): string {
  const own = [...(state?.events ?? []), ...timeline.events].findLast(
    ({ type, state_key: stateKey }) => type === 'm.room.member' && stateKey === userId,
  );
  return own?.content['membership'] === 'ban' ? 'ban' : 'leave';
}
