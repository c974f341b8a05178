import type { FoundEvent } from './find-hits.ts';
import type { GroupKey } from './search-token.ts';
import { encodeSearchPlace } from './search-token.ts';

interface SearchGroup {
  readonly results: readonly string[];
  readonly order: number;
  readonly next_batch?: string;
}

export type SearchGroups = Readonly<Partial<Record<GroupKey, Readonly<Record<string, SearchGroup>>>>>;

/** Groups what was found by room or sender (https://spec.matrix.org/v1.19/client-server-api/#groups): groups in the order of their first hits. */
export function groupHits(
  found: readonly FoundEvent[],
  keys: readonly GroupKey[],
  { hasMore }: { readonly hasMore: boolean },
): SearchGroups {
  return Object.fromEntries([...new Set(keys)].map((key) => [key, groupBy(found, key, hasMore)]));
}

function groupBy(found: readonly FoundEvent[], key: GroupKey, hasMore: boolean): Record<string, SearchGroup> {
  const groups = [...Map.groupBy(found, (hit) => valueOf(hit, key))];
  return Object.fromEntries(
    groups.map(([value, hits], index) => {
      const last = hits.at(-1);
      const goesOn = hasMore && last !== undefined;
      const group: SearchGroup = {
        results: hits.map(({ event }) => event.stored.eventId),
        order: index + 1,
        ...(goesOn && { next_batch: encodeSearchPlace({ after: last.hit, group: { key, value } }) }),
      };
      return [value, group];
    }),
  );
}

function valueOf({ access, event }: FoundEvent, key: GroupKey): string {
  return key === 'room_id' ? access.room.roomId : event.shown.event.sender;
}
