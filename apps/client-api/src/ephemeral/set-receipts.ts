import { encodeUrlSafeBase64 } from '@plexus/matrix-base';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { RoomWriter } from '@plexus/rpc';
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

  async execute(userId: string, roomId: string, asked: readonly AskedReceipt[]): Promise<void> {
    const { writer, clock, random } = this.#ports;
    requireRoomId(roomId);
    for (const { eventId } of asked) requireEventId(eventId);
    const setAt = clock.now();
    const receipts = asked.map(({ threadId = '', ...receipt }) => ({ ...receipt, threadId, setAt }));
    await executeCommand(writer, {
      commandId: encodeUrlSafeBase64(random.bytes(18)),
      roomId,
      command: { $case: 'setReceipts', value: { userId, receipts } },
    });
  }
}
