import { isEventId, isJsonObject, MatrixError } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import type { ProtoEvent, RoomWriter } from '@plexus/rpc';
import { requireUserWithinLimit } from '@plexus/service-shell';
import type { RateLimiter, Requester } from '@plexus/service-shell';
import type { RequireConsent } from '../consent/require-consent.ts';
import { requireEventType, requireRoomId, requireTransactionId } from './check-identifiers.ts';
import { encodeContent, NOW, protoEvent } from './proto-event.ts';
import { commandIdOf, discardedFor, executeCommand, onlyEventId } from './room-commands.ts';

/** The content of an event as it came: parsed, and its bytes. */
export interface SentContent {
  readonly parsed: JsonValue | undefined;
  readonly bytes: Buffer | undefined;
}

export interface MessageToSend {
  readonly roomId: string;
  readonly type: string;
  readonly transactionId: string;
  readonly content: SentContent;
  /** When it was sent; nothing: now. */
  readonly originServerTs?: number | undefined;
}

/** Sends a message event (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid). */
export class SendEvent {
  readonly #writer: RoomWriter;
  readonly #limiter: RateLimiter;
  readonly #requireConsent: Pick<RequireConsent, 'execute'>;

  constructor(writer: RoomWriter, limiter: RateLimiter, requireConsent: Pick<RequireConsent, 'execute'>) {
    this.#writer = writer;
    this.#limiter = limiter;
    this.#requireConsent = requireConsent;
  }

  /** Returns the event id; a repeated transaction id returns the first one. */
  async execute(requester: Requester, message: MessageToSend): Promise<string> {
    const { roomId, type, transactionId } = message;
    const { userId, deviceId } = requester;
    requireRoomId(roomId);
    requireEventType(type);
    requireTransactionId(transactionId);
    const event = eventOf(requester, message);
    await this.#requireConsent.execute(requester);
    await requireUserWithinLimit(this.#limiter, requester, 'message');
    const stored = await executeCommand(this.#writer, {
      commandId: commandIdOf('send', userId, deviceId, roomId, type, transactionId),
      roomId,
      ...discardedFor(requester),
      command: { $case: 'sendEvent', value: { event } },
    });
    return onlyEventId(stored);
  }
}

/** The content of an event to send. Throws `M_NOT_JSON` or `M_BAD_JSON`. */
export function requireContent({ parsed }: SentContent): JsonObject {
  if (parsed === undefined) throw new MatrixError('M_NOT_JSON', 400, 'The request has no JSON body');
  if (!isJsonObject(parsed)) throw new MatrixError('M_BAD_JSON', 400, 'The content of an event is a JSON object');
  return parsed;
}

function eventOf({ userId, deviceId }: Requester, message: MessageToSend): ProtoEvent {
  const { type, transactionId, content, originServerTs = NOW } = message;
  const parsed = requireContent(content);
  const origin = { type, sender: userId, transactionId, senderDeviceId: deviceId, originServerTs };
  if (type === 'm.room.redaction') return protoEvent({ ...origin, ...redactionOf(parsed) });
  return protoEvent({ ...origin, content: content.bytes ?? encodeContent(parsed) });
}

/** What it redacts goes to where the room version has it, which the owner knows. */
function redactionOf({ redacts, ...content }: JsonObject): { redacts: string; content: Buffer } {
  if (redacts === undefined) throw new MatrixError('M_MISSING_PARAM', 400, '"redacts" is required');
  if (!isEventId(redacts)) throw new MatrixError('M_INVALID_PARAM', 400, '"redacts" is not an event id');
  return { redacts, content: encodeContent(content) };
}
