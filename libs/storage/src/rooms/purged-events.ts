/** The body of a tombstone in the room log that says which events a purge has taken out of the timeline: their numbers. */
export function encodePurgedEvents(eventNids: readonly number[]): Buffer {
  return Buffer.from(JSON.stringify({ purged: eventNids }));
}

/** Nothing for the body of another tombstone. */
export function decodePurgedEvents(body: Buffer | undefined): readonly number[] {
  if (body === undefined || body.length === 0) return [];
  const { purged } = JSON.parse(body.toString()) as { readonly purged?: readonly number[] };
  return purged ?? [];
}
