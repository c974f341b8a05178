import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject, JsonValue } from '@plexus/matrix-base';

/** The plain texts among the representations of a topic, the preferred one first (https://spec.matrix.org/v1.19/client-server-api/#mroomtopic). */
export function plainTopicsOf({ 'm.topic': rich }: JsonObject): string[] {
  const representations = isJsonObject(rich) ? rich['m.text'] : undefined;
  const texts = Array.isArray(representations) ? representations.map(plainTextOf) : [];
  return texts.filter((text) => typeof text === 'string');
}

function plainTextOf(representation: JsonValue): JsonValue | undefined {
  if (!isJsonObject(representation)) return undefined;
  const { mimetype, body } = representation;
  return mimetype === undefined || mimetype === 'text/plain' ? body : undefined;
}
