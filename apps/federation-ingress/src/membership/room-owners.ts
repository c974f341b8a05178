import { ERROR_CODES, MatrixError, sha256UrlSafe } from '@plexus/matrix-base';
import type { ErrorCode } from '@plexus/matrix-base';
import { PduOutcome } from '@plexus/rpc';
import type {
  AcceptPdu,
  ChangeMembership,
  ReceivedPdu,
  ReceiveMembership,
  RoomCommandReply,
  RoomCommandRequest,
  RoomWriter,
  SetReceipts,
} from '@plexus/rpc';

type OfRoom<T> = T & { readonly roomId: string };

/** Receipts of a user for whom their own server speaks. */
export type RemoteReceipts = OfRoom<SetReceipts> & { readonly origin: string };

/** The rule by which a room's owner refuses a receipt of an event that the room does not have. */
const UNKNOWN_EVENT = 'receipt.event';

/** Asks rooms' owners, and throws what the other server is to see where they refuse. */
export class RoomOwners {
  readonly #writer: RoomWriter;

  constructor(writer: RoomWriter) {
    this.#writer = writer;
  }

  /** Has an event checked and stored. Throws 403 where it is rejected, 404 where the room is not known, 400 where it cites what is not here. */
  async acceptPdu({ roomId, ...pdu }: OfRoom<AcceptPdu>): Promise<ReceivedPdu> {
    const commandId = commandIdOf('accept-pdu', pdu.destination, pdu.eventId);
    const reply = await this.#execute({ commandId, roomId, command: { $case: 'acceptPdu', value: pdu } });
    if (reply.$case !== 'received') throw new TypeError(`the room's owner answered a PDU with ${reply.$case}`);
    const fault = faultOf(reply.value);
    if (fault !== undefined) throw fault;
    return reply.value;
  }

  /** Gives a hosted user a membership that comes without the room. */
  async receiveMembership({ roomId, ...membership }: OfRoom<ReceiveMembership>): Promise<void> {
    const commandId = commandIdOf('receive-membership', membership.userId, membership.eventId);
    await this.#execute({ commandId, roomId, command: { $case: 'receiveMembership', value: membership } });
  }

  /** Has one hosted user invite another, as the first one would; what was asked before under these parts is not asked again. */
  async changeMembership({ roomId, ...change }: OfRoom<ChangeMembership>, ...parts: readonly string[]): Promise<void> {
    const commandId = commandIdOf('change-membership', ...parts);
    await this.#execute({ commandId, roomId, command: { $case: 'changeMembership', value: change } });
  }

  /** What the room's owner refuses is no receipt; `unknown-event`: it may be one once its event is here. */
  async setReceipts({ roomId, ...receipts }: RemoteReceipts): Promise<'settled' | 'unknown-event'> {
    const [first] = receipts.receipts;
    const commandId = commandIdOf('set-receipts', receipts.userId, roomId, first?.eventId ?? '', first?.threadId ?? '');
    const reply = await this.#writer.execute({ commandId, roomId, command: { $case: 'setReceipts', value: receipts } });
    if (reply.$case === 'overloaded' || reply.$case === 'failed') throw errorOfReply(reply);
    return reply.$case === 'refused' && reply.value.rule === UNKNOWN_EVENT ? 'unknown-event' : 'settled';
  }

  async #execute(request: RoomCommandRequest): Promise<Extract<RoomCommandReply, { $case: 'stored' | 'received' }>> {
    const reply = await this.#writer.execute(request);
    if (reply.$case === 'stored' || reply.$case === 'received') return reply;
    throw errorOfReply(reply);
  }
}

function faultOf({ outcome, because }: ReceivedPdu): MatrixError | undefined {
  switch (outcome) {
    case PduOutcome.PDU_OUTCOME_ACCEPTED:
      return undefined;
    case PduOutcome.PDU_OUTCOME_MISSING_EVENTS:
      return new MatrixError('M_INVALID_PARAM', 400, `The event cites events that are not here: ${because}`);
    case PduOutcome.PDU_OUTCOME_DROPPED:
      return new MatrixError('M_NOT_FOUND', 404, because);
    default:
      return new MatrixError('M_FORBIDDEN', 403, because === '' ? 'The event is not allowed' : because);
  }
}

function errorOfReply(reply: Extract<RoomCommandReply, { $case: 'refused' | 'overloaded' | 'failed' }>): MatrixError {
  if (reply.$case === 'overloaded') {
    const { retryAfterMs } = reply.value;
    return new MatrixError('M_LIMIT_EXCEEDED', 429, 'Too many requests', { retry_after_ms: retryAfterMs });
  }
  if (reply.$case === 'failed') return new MatrixError('M_UNKNOWN', 503, 'The room cannot be written to at the moment');
  const { errcode, httpStatus, error } = reply.value;
  return new MatrixError(
    ERROR_CODES.find((code): code is ErrorCode => code === errcode) ?? 'M_UNKNOWN',
    httpStatus,
    error,
  );
}

/** Equal for equal parts, so that what comes again is the same command. */
function commandIdOf(...parts: readonly string[]): string {
  return sha256UrlSafe(parts.map((part) => `${part.length}:${part}`).join(''));
}
