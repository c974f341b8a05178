import { decodeUrlSafeBase64, encodeUrlSafeBase64, parseJson } from '@plexus/matrix-base';
import type { SearchHitPlace } from '@plexus/storage';

export type GroupKey = 'room_id' | 'sender';

/** Where a search goes on: behind a hit, within a group where one was asked for. */
export interface SearchPlace {
  readonly after: SearchHitPlace;
  readonly group: { readonly key: GroupKey; readonly value: string } | undefined;
}

/** `next_batch` of a search. Opaque to clients. */
export function encodeSearchPlace({ after, group }: SearchPlace): string {
  const { rank, originServerTs, shard, eventNid } = after;
  const parts = [
    String(rank),
    originServerTs,
    shard,
    eventNid,
    ...(group === undefined ? [] : [group.key, group.value]),
  ];
  return encodeUrlSafeBase64(Buffer.from(JSON.stringify(parts)));
}

/** Nothing for a text that `encodeSearchPlace` does not write. */
export function decodeSearchPlace(token: string): SearchPlace | undefined {
  const bytes = decodeUrlSafeBase64(token);
  const parsed = bytes === undefined ? undefined : parseJson(Buffer.from(bytes));
  if (parsed?.outcome !== 'ok' || !Array.isArray(parsed.value)) return undefined;
  const [text, originServerTs, shard, eventNid, key, value] = parsed.value;
  const rank = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN;
  if (!Number.isFinite(rank) || !isPlace(originServerTs) || !isPlace(shard) || !isPlace(eventNid)) return undefined;
  if (shard > MAX_SHARD) return undefined;
  const after = { rank, originServerTs, shard, eventNid };
  if (key === undefined) return { after, group: undefined };
  if ((key !== 'room_id' && key !== 'sender') || typeof value !== 'string') return undefined;
  return { after, group: { key, value } };
}

const MAX_SHARD = 1_024;

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
