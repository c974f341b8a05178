import { parseRoomEvent } from '@plexus/room-dag';
import type { RoomEvent, RoomVersionRules } from '@plexus/room-dag';
import type { StagedRow } from '@plexus/storage';

/** A staged event, parsed. */
export interface StagedPdu {
  readonly event: RoomEvent;
  readonly bytes: Buffer;
  readonly isRedactedCopy: boolean;
}

export function toStagedPdu({ json, eventId, isRedactedCopy = false }: StagedRow, rules: RoomVersionRules): StagedPdu {
  return { event: parseRoomEvent(json, eventId, rules), bytes: json, isRedactedCopy };
}
