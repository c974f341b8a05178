import { fitsBytes, MatrixError, parseMxcUri } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';

const MAX_KEY_BYTES = 255;
/** Each membership of the user carries these. */
const MAX_SHOWN_LENGTH: Readonly<Record<string, number>> = { displayname: 256, avatar_url: 1000 };

const FIELD = /^(avatar_url|displayname|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+)$/;

/** Throws `M_KEY_TOO_LARGE` or `M_INVALID_PARAM` (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3profileuseridkeyname). */
export function requireFieldName(keyName: string): void {
  if (!fitsBytes(keyName, MAX_KEY_BYTES)) throw new MatrixError('M_KEY_TOO_LARGE', 400, 'The profile key is too long');
  if (!FIELD.test(keyName)) throw new MatrixError('M_INVALID_PARAM', 400, 'Invalid profile key.');
}

/**
 * The value to keep; nothing where the field is to be removed, as older clients ask for by an empty name. Throws `M_INVALID_PARAM` for a value
 * that the field cannot have.
 */
export function checkFieldValue(keyName: string, value: JsonValue): JsonValue | undefined {
  if (keyName === 'displayname' || keyName === 'avatar_url') return checkShown(keyName, value);
  if (keyName === 'm.tz' && !isTimeZone(value)) throw invalid('"m.tz" is the name of a time zone');
  return value;
}

function checkShown(keyName: string, value: JsonValue): string | undefined {
  if (typeof value !== 'string') throw invalid(`"${keyName}" is a text`);
  if (value === '') return undefined;
  if (value.length > (MAX_SHOWN_LENGTH[keyName] ?? 0)) throw invalid(`"${keyName}" is too long`);
  if (keyName === 'avatar_url' && parseMxcUri(value) === undefined) throw invalid('"avatar_url" is no mxc:// URI');
  return value;
}

/** @NOTE The runtime takes offsets too, which are no names of the database. */
function isTimeZone(value: JsonValue): boolean {
  if (typeof value !== 'string' || !/^[A-Za-z]/.test(value)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function invalid(because: string): MatrixError {
  return new MatrixError('M_INVALID_PARAM', 400, because);
}
