import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { isJsonObject } from '@plexus/matrix-base';

/** Puts a link where a text has `%(consent_uri)s`; `%%` stands for one percent sign, any other one for itself. */
export function substituteConsentUri(text: string, uri: string): string {
  return text.replaceAll(/%%|%\(consent_uri\)s/g, (found) => (found === '%%' ? '%' : uri));
}

/** As `substituteConsentUri`, in every string of a content, however deep. */
export function substituteInContent(content: JsonObject, uri: string): JsonObject {
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, substituted(value, uri)]));
}

function substituted(value: JsonValue, uri: string): JsonValue {
  if (typeof value === 'string') return substituteConsentUri(value, uri);
  if (Array.isArray(value)) return value.map((member: JsonValue) => substituted(member, uri));
  return isJsonObject(value) ? substituteInContent(value, uri) : value;
}
