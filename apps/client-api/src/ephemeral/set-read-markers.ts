import { isEventId, MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { RoomReader, RoomRecord, UserStreamTransactor } from '@plexus/storage';
import { requireStream } from '../account-data/check-account-data.ts';
import type { ReadRoomAccess } from '../reading/room-access.ts';
import { requireEventId } from '../rooms/check-identifiers.ts';
import type { AskedReceipt, SetReceipts } from './set-receipts.ts';

const TYPE = 'm.fully_read';

export interface SetReadMarkersPorts {
  readonly userStreams: UserStreamTransactor;
  readonly rooms: Pick<RoomReader, 'findEventsById'>;
}

export interface AskedMarkers {
  readonly fullyRead: string | undefined;
  readonly receipts: readonly AskedReceipt[];
}

/** Keeps the place up to which a user has read everything in a room (https://spec.matrix.org/v1.19/client-server-api/#fully-read-markers), and receipts with it. */
export class SetReadMarkers {
  readonly #access: Pick<ReadRoomAccess, 'execute'>;
  readonly #setReceipts: Pick<SetReceipts, 'execute'>;
  readonly #ports: SetReadMarkersPorts;

  constructor(
    access: Pick<ReadRoomAccess, 'execute'>,
    setReceipts: Pick<SetReceipts, 'execute'>,
    ports: SetReadMarkersPorts,
  ) {
    this.#access = access;
    this.#setReceipts = setReceipts;
    this.#ports = ports;
  }

  async execute(
    requester: Pick<Requester, 'userId' | 'isShadowBanned'>,
    roomId: string,
    { fullyRead, receipts }: AskedMarkers,
  ): Promise<void> {
    const { userId } = requester;
    for (const { eventId } of receipts) requireEventId(eventId);
    if (fullyRead !== undefined) requireEventId(fullyRead);
    const { room, kind } = await this.#access.execute(userId, roomId);
    if (kind !== 'joined') throw new MatrixError('M_FORBIDDEN', 403, `User ${userId} not in room ${roomId}`);
    if (fullyRead !== undefined) await this.#moveMarker(userId, room, fullyRead);
    if (receipts.length > 0) await this.#setReceipts.execute(requester, roomId, receipts);
  }

  /** The marker goes forward only, in the order in which this server has the events. */
  async #moveMarker(userId: string, room: RoomRecord, eventId: string): Promise<void> {
    const key = { roomId: room.roomId, type: TYPE };
    const position = await this.#positionOf(room, eventId);
    if (position === undefined) throw new MatrixError('M_INVALID_PARAM', 400, 'The room has no such event');
    await this.#ports.userStreams.transact([userId], async (transaction) => {
      requireStream(transaction, userId);
      const { accountData } = transaction;
      const known = markedIn(await accountData.findAccountData(userId, key));
      if (known !== undefined && ((await this.#positionOf(room, known)) ?? -1) >= position) return;
      await accountData.storeAccountData(userId, { ...key, content: JSON.stringify({ event_id: eventId }) });
    });
  }

  /** 0 where it has none in the log; nothing where the room has no such event. */
  async #positionOf({ shard, roomNid }: RoomRecord, eventId: string): Promise<number | undefined> {
    const event = (await this.#ports.rooms.findEventsById(shard, roomNid, [eventId])).get(eventId);
    return event?.status === 'accepted' ? (event.streamPosition ?? 0) : undefined;
  }
}

function markedIn(content: string | undefined): string | undefined {
  const { event_id: eventId } = JSON.parse(content ?? '{}') as JsonObject;
  return isEventId(eventId) ? eventId : undefined;
}
