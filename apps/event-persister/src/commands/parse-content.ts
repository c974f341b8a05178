import { isJsonObject, parseJson, parseStrictJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { RoomVersionRules } from '@plexus/room-dag';

/** Reads the content of an event as its room version has it; nothing where that is no JSON object. */
export function parseContent(bytes: Buffer, rules: RoomVersionRules): JsonObject | undefined {
  const parsed = rules.strictCanonicalJson ? parseStrictJson(bytes) : parseJson(bytes);
  return parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : undefined;
}
