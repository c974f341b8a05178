import { ERROR_CODES, MatrixError, sha256UrlSafe } from '@plexus/matrix-base';
import type { ErrorCode } from '@plexus/matrix-base';
import type { RoomCommandReply, RoomCommandRequest, RoomWriter, StoredEvents } from '@plexus/rpc';
import { limitExceeded } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';

/** Asks a room's owner, and throws the error that the client is to see where nothing was stored. */
export async function executeCommand(writer: RoomWriter, request: RoomCommandRequest): Promise<StoredEvents> {
  const reply = await writer.execute(request);
  if (reply.$case === 'stored') return reply.value;
  throw errorOfReply(reply);
}

/** Of what somebody does whom nobody is to hear: the room's owner judges it, answers, and lets it have no effect. */
export function discardedFor({
  isShadowBanned,
}: Pick<Requester, 'isShadowBanned'>): Pick<RoomCommandRequest, 'discard'> {
  return isShadowBanned === true ? { discard: true } : {};
}

/** The client's error for an answer that stored nothing. */
export function errorOfReply(reply: Exclude<RoomCommandReply, { $case: 'stored' }>): MatrixError {
  if (reply.$case === 'overloaded') return limitExceeded(reply.value.retryAfterMs);
  if (reply.$case === 'failed' || reply.$case === 'received')
    return new MatrixError('M_UNKNOWN', 503, 'The room cannot be written to at the moment');
  const { errcode, httpStatus, error, retryAfterMs } = reply.value;
  const extra = retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs };
  return new MatrixError(errorCodeOf(errcode), httpStatus, error, extra);
}

/** The only event id of a command that stores one event. */
export function onlyEventId({ eventIds }: StoredEvents): string {
  const [eventId] = eventIds;
  if (eventId === undefined) throw new TypeError('The command stored no event');
  return eventId;
}

/**
 * The id of a command that a client may repeat: equal for equal parts. The scope of a transaction id is the device and the endpoint
 * (https://spec.matrix.org/v1.19/client-server-api/#transaction-identifiers).
 */
export function commandIdOf(...parts: readonly string[]): string {
  return sha256UrlSafe(parts.map((part) => `${part.length}:${part}`).join(''));
}

const knownCodes: ReadonlySet<string> = new Set(ERROR_CODES);

function isErrorCode(code: string): code is ErrorCode {
  return knownCodes.has(code);
}

/** A code that another process or server wrote: `M_UNKNOWN` where the specification has no such one. */
export function errorCodeOf(code: string): ErrorCode {
  return isErrorCode(code) ? code : 'M_UNKNOWN';
}
