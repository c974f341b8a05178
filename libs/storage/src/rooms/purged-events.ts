/** The body of a tombstone in the room log that says which events a purge has taken out of the timeline: their numbers. */
export function encodePurgedEvents(eventNids: readonly number[]): Buffer {
  return Buffer.from(JSON.stringify({ purged: eventNids }));
}

/** Nothing for the body of another tombstone. */
export function decodePurgedEvents(body: Buffer | undefined): readonly number[] {
  if (body === undefined || body.length === 0) return [];
  const { purged, isErased } = parse(body);
  return isErased === true ? [] : (purged ?? []);
}

/**
 * The body of a tombstone that says which events are stored in their redacted form from now on.
 *
 * @NOTE Who follows the log with an earlier release takes them out of its timelines as if they were purged, and does not show what they said.
 */
export function encodeErasedEvents(eventNids: readonly number[]): Buffer {
  return Buffer.from(JSON.stringify({ purged: eventNids, isErased: true }));
}

/** Nothing for the body of another tombstone. */
export function decodeErasedEvents(body: Buffer | undefined): readonly number[] {
  if (body === undefined || body.length === 0) return [];
  const { purged, isErased } = parse(body);
  return isErased === true ? (purged ?? []) : [];
}

function parse(body: Buffer): { readonly purged?: readonly number[]; readonly isErased?: boolean } {
  return JSON.parse(body.toString()) as { readonly purged?: readonly number[]; readonly isErased?: boolean };
}
