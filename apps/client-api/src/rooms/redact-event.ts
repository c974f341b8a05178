import { serverNameOf } from '@plexus/matrix-base';
import type { RedactRequest } from '@plexus/matrix-api';
import type { RoomWriter } from '@plexus/rpc';
import type { Requester } from '@plexus/service-shell';
import { requireWithinLimit } from '../limits/rate-limiter.ts';
import type { RateLimiter } from '../limits/rate-limiter.ts';
import { requireEventId, requireRoomId, requireTransactionId } from './check-identifiers.ts';
import { encodeContent, protoEvent } from './proto-event.ts';
import { commandIdOf, executeCommand, onlyEventId } from './room-commands.ts';

export interface Redaction {
  readonly roomId: string;
  readonly eventId: string;
  readonly transactionId: string;
  readonly body: RedactRequest;
}

/** Redacts an event (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidredacteventidtxnid). */
export class RedactEvent {
  readonly #writer: RoomWriter;
  readonly #limiter: RateLimiter;

  constructor(writer: RoomWriter, limiter: RateLimiter) {
    this.#writer = writer;
    this.#limiter = limiter;
  }

  /** Returns the id of the redaction; a repeated transaction id returns the first one. */
  async execute({ userId, deviceId }: Requester, redaction: Redaction): Promise<string> {
    const { roomId, eventId, transactionId, body } = redaction;
    requireRoomId(roomId);
    requireEventId(eventId);
    requireTransactionId(transactionId);
    await requireWithinLimit(this.#limiter, { action: 'message', serverName: serverNameOf(userId), key: userId });
    const event = protoEvent({
      type: 'm.room.redaction',
      sender: userId,
      content: encodeContent(body.reason === undefined ? {} : { reason: body.reason }),
      redacts: eventId,
      transactionId,
      senderDeviceId: deviceId,
    });
    const stored = await executeCommand(this.#writer, {
      commandId: commandIdOf('redact', userId, deviceId, roomId, eventId, transactionId),
      roomId,
      command: { $case: 'sendEvent', value: { event } },
    });
    return onlyEventId(stored);
  }
}
