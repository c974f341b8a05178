import { textArray } from '../postgres/binary-arrays.ts';

/** Some devices of a user. */
export interface WhichDevices {
  /** Nothing: all of them. */
  readonly only?: readonly string[] | undefined;
  readonly except?: string | undefined;
}

/** The condition of a statement, and the values for it. */
export const WHICH_DEVICES =
  'user_id = $1 and ($2::text[] is null or device_id = any($2)) and device_id is distinct from $3';

export function whichDevices(
  userId: string,
  { only, except }: WhichDevices,
): [string, Buffer | undefined, string | undefined] {
  return [userId, only && textArray(only), except];
}
