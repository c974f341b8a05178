import { encodeUrlSafeBase64 } from '@plexus/matrix-base';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
import type { Requester } from '@plexus/service-shell';
import { requireEventId, requireRoomId } from '../rooms/check-identifiers.ts';
import { executeCommand } from '../rooms/room-commands.ts';

/** A receipt that a client asks for. */
export interface AskedReceipt {
  readonly receiptType: 'm.read' | 'm.read.private';
  readonly eventId: string;
  /** Nothing: of the whole room. */
  readonly threadId?: string | undefined;
}

export interface SetReceiptsPorts {
  readonly writer: RoomWriter;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** Says how far a user has read a room (https://spec.matrix.org/v1.19/client-server-api/#receipts). The room's owner decides what is newer. */
export class SetReceipts {
  readonly #ports: SetReceiptsPorts;

  constructor(ports: SetReceiptsPorts) {
    this.#ports = ports;
  }

  /** Whom nobody is to hear reads as anybody does, in private. */
  async execute(
    { userId, isShadowBanned }: Pick<Requester, 'userId' | 'isShadowBanned'>,
    roomId: string,
    asked: readonly AskedReceipt[],
  ): Promise<void> {
    const { writer, clock, random } = this.#ports;
    requireRoomId(roomId);
    for (const { eventId } of asked) requireEventId(eventId);
    const setAt = clock.now();
    const receipts = asked.map(({ receiptType, eventId, threadId = '' }) => ({
      receiptType: isShadowBanned === true ? 'm.read.private' : receiptType,
      eventId,
      threadId,
      setAt,
    }));
    await executeCommand(writer, {
      commandId: encodeUrlSafeBase64(random.bytes(18)),
      roomId,
      command: { $case: 'setReceipts', value: { userId, receipts } },
    });
  }
}
