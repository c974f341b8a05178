/** A place in a room's timeline: just before the event with this topological position and number. */
export interface TimelineToken {
  readonly topologicalPosition: number;
  readonly eventNid: number;
}

const FORM = /^t([0-9a-z]{1,11})_([0-9a-z]{1,11})$/;

/** The place as text: `prev_batch` of `/sync`, `start` and `end` of `/messages`. Opaque to clients. */
export function encodeTimelineToken({ topologicalPosition, eventNid }: TimelineToken): string {
  return `t${topologicalPosition.toString(36)}_${eventNid.toString(36)}`;
}

/** Nothing for a text that `encodeTimelineToken` does not write. */
export function decodeTimelineToken(text: string): TimelineToken | undefined {
  const parts = FORM.exec(text);
  if (parts === null) return undefined;
  const [topologicalPosition, eventNid] = [Number.parseInt(parts[1] ?? '', 36), Number.parseInt(parts[2] ?? '', 36)];
  if (!Number.isSafeInteger(topologicalPosition) || !Number.isSafeInteger(eventNid)) return undefined;
  return { topologicalPosition, eventNid };
}
