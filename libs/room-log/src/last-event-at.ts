import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { LoggedRow } from './logged-row.ts';

/** When the last event among rows of the log was sent, as it says itself, in milliseconds since the epoch; nothing where there is none. */
export function lastEventAt(rows: readonly LoggedRow[]): number | undefined {
  const last = rows.findLast(({ event }) => event !== undefined)?.event;
  const parsed = last && parseJson(last.json);
  const value = parsed?.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value['origin_server_ts'] : undefined;
  return typeof value === 'number' ? value : undefined;
}
