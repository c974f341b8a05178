import type { EventRecipient, RenderedEvent } from '../render/rendered-event.ts';
import { finishEvent } from '../render/rendered-event.ts';
import type { TimelineEntry } from '../answer/timeline-entry.ts';

/** Who gets an event. */
export interface EventReader {
  readonly userId: string;
  readonly deviceId: string;
  readonly now: number;
}

/** An event of a room's timeline in the format for clients, with its room's id. */
export function eventJson(
  roomId: string,
  { event: { traits, sentBy }, rendered, membership }: TimelineEntry,
  { userId, deviceId, now }: EventReader,
): string {
  const isOwnMembership = traits.type === 'm.room.member' && traits.stateKey === userId;
  const isFromDevice = traits.sender === userId && sentBy?.senderDeviceId === deviceId;
  return withRoomId(roomId, rendered, {
    now,
    membership,
    transactionId: isFromDevice ? sentBy.transactionId : undefined,
    seesPrevious: membership === 'join' || isOwnMembership,
  });
}

function withRoomId(roomId: string, rendered: RenderedEvent, recipient: EventRecipient): string {
  return `{"room_id":${JSON.stringify(roomId)},${finishEvent(rendered, recipient).slice(1)}`;
}
