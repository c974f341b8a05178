import { findNumber, isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';

/** Whether a value names a user of a server: nobody speaks for the users of others. */
export function isUserOf(value: JsonValue | undefined, serverName: string): value is string {
  return isUserId(value) && serverNameOf(value) === serverName;
}

/** A whole number that is not negative, as counters and times are; nothing else. */
export function findCount(value: JsonValue | undefined): number | undefined {
  const number = findNumber(value);
  return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
