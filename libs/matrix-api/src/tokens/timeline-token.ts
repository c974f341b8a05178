/** A place in a room's timeline: just before the event with this topological position and number. */
export interface TimelineToken {
  /** The deployment's generation in which the place means something. */
  readonly generation: number;
  readonly topologicalPosition: number;
  readonly eventNid: number;
}

const FORM = /^t([0-9a-z]{1,11})_([0-9a-z]{1,11})_([0-9a-z]{1,11})$/;

/** The place as text: `prev_batch` of `/sync`, `start` and `end` of `/messages`. Opaque to clients. */
export function encodeTimelineToken({ generation, topologicalPosition, eventNid }: TimelineToken): string {
  return `t${generation.toString(36)}_${topologicalPosition.toString(36)}_${eventNid.toString(36)}`;
}

/** Nothing for a text that `encodeTimelineToken` does not write. */
export function decodeTimelineToken(text: string): TimelineToken | undefined {
  const numbers =
    FORM.exec(text)
      ?.slice(1)
      .map((part) => Number.parseInt(part, 36)) ?? [];
  const [generation, topologicalPosition, eventNid] = numbers;
  if (generation === undefined || topologicalPosition === undefined || eventNid === undefined) return undefined;
  return numbers.every(Number.isSafeInteger) ? { generation, topologicalPosition, eventNid } : undefined;
}
