import type { RedactRequest } from '@plexus/matrix-api';
import type { RoomWriter } from '@plexus/rpc';
import { requireUserWithinLimit } from '@plexus/service-shell';
import type { RateLimiter, Requester } from '@plexus/service-shell';
import type { RoomReader } from '@plexus/storage';
import { userSuspended } from '../accounts/account-faults.ts';
import type { RequireConsent } from '../consent/require-consent.ts';
import { requireEventId, requireRoomId, requireTransactionId } from './check-identifiers.ts';
import { encodeContent, protoEvent } from './proto-event.ts';
import { commandIdOf, discardedFor, executeCommand, onlyEventId } from './room-commands.ts';

export interface Redaction {
  readonly roomId: string;
  readonly eventId: string;
  readonly transactionId: string;
  readonly body: RedactRequest;
}

export interface RedactEventPorts {
  readonly writer: RoomWriter;
  readonly limiter: RateLimiter;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEventsById'>;
}

/** Redacts an event (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidredacteventidtxnid). */
export class RedactEvent {
  readonly #writer: RoomWriter;
  readonly #limiter: RateLimiter;
  readonly #rooms: Pick<RoomReader, 'findRoom' | 'findEventsById'>;

  readonly #requireConsent: Pick<RequireConsent, 'execute'>;

  constructor({ writer, limiter, rooms }: RedactEventPorts, requireConsent: Pick<RequireConsent, 'execute'>) {
    this.#writer = writer;
    this.#limiter = limiter;
    this.#rooms = rooms;
    this.#requireConsent = requireConsent;
  }

  /** Returns the id of the redaction; a repeated transaction id returns the first one. */
  async execute(requester: Requester, redaction: Redaction): Promise<string> {
    const { userId, deviceId, isAdmin } = requester;
    const { roomId, eventId, transactionId, body } = redaction;
    requireRoomId(roomId);
    requireEventId(eventId);
    requireTransactionId(transactionId);
    await this.#requireConsent.execute(requester);
    if (requester.isSuspended === true) await this.#requireOwn(userId, redaction);
    await requireUserWithinLimit(this.#limiter, requester, isAdmin ? 'admin-redaction' : 'message');
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
      ...discardedFor(requester),
      command: { $case: 'sendEvent', value: { event } },
    });
    return onlyEventId(stored);
  }

  /** A suspended user may redact their own events only. */
  async #requireOwn(userId: string, { roomId, eventId }: Redaction): Promise<void> {
    const room = await this.#rooms.findRoom(roomId);
    const events = room && (await this.#rooms.findEventsById(room.shard, room.roomNid, [eventId]));
    const json = events?.get(eventId)?.json.toString() ?? '{}';
    const { sender } = JSON.parse(json) as { readonly sender?: unknown };
    if (sender !== userId) throw userSuspended();
  }
}
