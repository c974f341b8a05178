import type { Clock } from '@plexus/matrix-base';
import { ROOM_EPHEMERAL } from '@plexus/topics';
import type { BroadcastReader, RecordBatch, RoomEphemeralRecord, Topics } from '@plexus/topics';
import type { PresenceChanges } from '../presence/presence-changes.ts';
import type { TypingRooms } from '../ephemeral/typing-rooms.ts';

export interface EphemeralConsumerPorts {
  readonly typing: TypingRooms;
  readonly presence: Pick<PresenceChanges, 'bump'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly failed: (error: unknown) => void;
}

/** Takes the records of `room.ephemeral`: what is missed is gone, and said again by those who still mean it. */
export function consumeRoomEphemeral(topics: Topics, ports: EphemeralConsumerPorts): BroadcastReader {
  const { failed } = ports;
  return topics.readAll({
    topic: ROOM_EPHEMERAL,
    handler: {
      handle: ({ records }: RecordBatch<RoomEphemeralRecord>) => {
        for (const { value } of records) take(value, ports);
      },
      setAside: ({ error }) => failed(error),
      reset: () => undefined,
      failed,
    },
    connectionChanged: () => undefined,
  });
}

function take({ roomId, content }: RoomEphemeralRecord, { typing, presence, clock }: EphemeralConsumerPorts): void {
  if (content === undefined) return;
  const { userId, timeoutMs } = content.value;
  presence.bump(userId);
  if (timeoutMs === 0) typing.stop(roomId, userId, clock.now());
  else typing.start(roomId, userId, { now: clock.now(), timeoutMs });
}
