import { roomEventFilterDefinition } from '@plexus/matrix-api';
import type { RoomEventFilter } from '@plexus/matrix-api';
import { MatrixError, parseJson } from '@plexus/matrix-base';

/** The query parameter `filter`, which is JSON. Throws `M_INVALID_PARAM`. */
export function readEventFilter(text: string | undefined): RoomEventFilter {
  if (text === undefined) return {};
  const parsed = parseJson(text);
  if (parsed.outcome === 'reject') throw new MatrixError('M_INVALID_PARAM', 400, '"filter" is not JSON');
  const checked = roomEventFilterDefinition.check(parsed.value);
  if (checked.outcome === 'ok') return checked.value;
  throw new MatrixError('M_INVALID_PARAM', 400, `"filter": ${checked.because}`);
}
