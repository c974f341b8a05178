import { isEventId, isJsonObject } from '@plexus/matrix-base';
import type { Clock, JsonObject, JsonValue } from '@plexus/matrix-base';
import type { UserReceipt } from '@plexus/rpc';
import type { Parties } from '../authentication/parties.ts';
import type { RemoteReceipts, RoomOwners } from '../membership/room-owners.ts';
import type { EarlyReceipts } from './early-receipts.ts';
import type { EduReceiver } from './edu-receiver.ts';
import { findRoomForPdus } from './room-for-pdus.ts';
import type { FindRoomForPdusPorts } from './room-for-pdus.ts';
import { findCount, isUserOf } from './user-of.ts';

export interface ReceiveReceiptsPorts extends FindRoomForPdusPorts {
  readonly owners: Pick<RoomOwners, 'setReceipts'>;
  readonly early: Pick<EarlyReceipts, 'keep'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** How far users have read (https://spec.matrix.org/v1.19/server-server-api/#receipts). Rooms that deny the server are left out, the others count. */
export class ReceiveReceipts implements EduReceiver {
  readonly #ports: ReceiveReceiptsPorts;

  constructor(ports: ReceiveReceiptsPorts) {
    this.#ports = ports;
  }

  async execute(parties: Parties, content: JsonObject): Promise<boolean> {
    const { owners, early } = this.#ports;
    const unknown: RemoteReceipts[] = [];
    let isTaken = false;
    for (const [roomId, ofRoom] of Object.entries(content)) {
      const byUser = isJsonObject(ofRoom) ? ofRoom['m.read'] : undefined;
      if (!isJsonObject(byUser)) continue;
      const found = await findRoomForPdus(this.#ports, parties, roomId);
      if (found.outcome !== 'open') continue;
      for (const [userId, receipt] of Object.entries(byUser)) {
        const read = this.#read(receipt);
        if (read === undefined || !isUserOf(userId, parties.origin)) continue;
        const receipts = { roomId, userId, receipts: [read], origin: parties.origin };
        if ((await owners.setReceipts(receipts)) === 'unknown-event') unknown.push(receipts);
        isTaken = true;
      }
    }
    await early.keep(unknown);
    return isTaken;
  }

  /** A thread that is none counts as no thread. */
  #read(receipt: JsonValue): UserReceipt | undefined {
    if (!isJsonObject(receipt) || !isJsonObject(receipt['data']) || !Array.isArray(receipt['event_ids']))
      return undefined;
    const { event_ids: eventIds, data } = receipt;
    const [eventId] = eventIds;
    if (!isEventId(eventId)) return undefined;
    const { ts, thread_id: thread } = data;
    const threadId = thread === 'main' || isEventId(thread) ? thread : '';
    return { receiptType: 'm.read', eventId, threadId, setAt: findCount(ts) ?? this.#ports.clock.now() };
  }
}
