import { sha256UrlSafe } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { NoticeRefusal, ProtoEvent, RoomCommandReply, RoomCommandRequest, RoomWriter } from '@plexus/rpc';

/** The room cannot be written to at the moment: whoever asked may ask again, and finds what was done. */
export class RoomUnavailableError extends Error {
  override readonly name = 'RoomUnavailableError';
}

export type RoomOutcome =
  | { readonly outcome: 'stored'; readonly eventIds: readonly string[] }
  | (NoticeRefusal & {
      /** The rule of the room's owner. */
      readonly rule: string;
    });

/** Asks a room's owner. Throws `RoomUnavailableError` where it has no answer. */
export async function executeCommand(writer: RoomWriter, request: RoomCommandRequest): Promise<RoomOutcome> {
  const reply: RoomCommandReply = await writer.execute(request);
  if (reply.$case === 'stored') return { outcome: 'stored', eventIds: reply.value.eventIds };
  if (reply.$case === 'refused') return { outcome: 'refused', ...reply.value };
  throw new RoomUnavailableError(`${request.roomId} cannot be written to at the moment: ${reply.$case}`);
}

/** What a room's owner says of one that is no more, is blocked, or from which an administrator has removed everybody. */
const LOST = new Set(['room.unknown', 'room.blocked', 'sender.not_joined', 'member.invite.sender_not_joined']);

/** Whether nothing can be said in the room any more, by this refusal: another one is to be made. */
export function isLost({ rule }: { readonly rule: string }): boolean {
  return LOST.has(rule);
}

/** The id of a command that is the same whoever gives it, and however often: equal for equal parts. */
export function commandIdOf(...parts: readonly string[]): string {
  return sha256UrlSafe(['notices', ...parts].map((part) => `${part.length}:${part}`).join(''));
}

export interface EventToSend {
  readonly type: string;
  readonly stateKey?: string | undefined;
  readonly content: JsonObject;
}

/** An event as the room's owner is asked to store it; its time is the owner's. */
export function protoEvent(sender: string, { type, stateKey, content }: EventToSend): ProtoEvent {
  return {
    type,
    sender,
    stateKey,
    content: Buffer.from(JSON.stringify(content)),
    redacts: '',
    originServerTs: 0,
    transactionId: '',
    senderDeviceId: '',
  };
}
