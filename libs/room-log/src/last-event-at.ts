import type { LoggedRow } from './logged-row.ts';

const KEY = '"origin_server_ts":';
/** As many digits as a time may have. */
const LONGEST_TIME = 16;

/**
 * When the last event among rows of the log was sent, as it says itself, in milliseconds since the epoch; nothing where there is none.
 *
 * @NOTE It is looked for in the text: whoever follows the log asks this for each portion, and only shows it.
 */
export function lastEventAt(rows: readonly LoggedRow[]): number | undefined {
  const json = rows.findLast(({ event }) => event !== undefined)?.event?.json;
  const at = json?.lastIndexOf(KEY) ?? -1;
  if (json === undefined || at === -1) return undefined;
  const from = at + KEY.length;
  const time = Number.parseInt(json.toString('latin1', from, from + LONGEST_TIME), 10);
  return Number.isNaN(time) ? undefined : time;
}
