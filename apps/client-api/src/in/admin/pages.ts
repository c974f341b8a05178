import { MatrixError } from '@plexus/matrix-base';
import type { RowPlace } from '@plexus/storage';

const DEFAULT_LIMIT = 100;
export const MAX_PAGE = 1_000;

/** How many a page of the admin API has: as many as are asked for, within bounds. */
export function pageLimit(asked = DEFAULT_LIMIT): number {
  return Math.min(asked, MAX_PAGE);
}

/** Where the page after this one begins, of a list whose length is known; nothing where there is none. */
export function nextOffset(offset: number, listed: readonly unknown[], total: number): number | undefined {
  const next = offset + listed.length;
  return listed.length > 0 && next < total ? next : undefined;
}

interface AskedRows {
  /** The `next` of an answer before. */
  readonly from?: string | undefined;
  readonly limit?: number | undefined;
}

interface RowSource<Row> {
  read(page: { readonly after: RowPlace | undefined; readonly limit: number }): Promise<readonly Row[]>;
  placeOf(row: Row): RowPlace;
}

/** Reads a page of rows that lie in the shards of rooms; `next` is there where another page may follow. */
export async function readRows<Row>(
  { from, limit: asked }: AskedRows,
  { read, placeOf }: RowSource<Row>,
): Promise<{ readonly rows: readonly Row[]; readonly next?: string }> {
  const limit = pageLimit(asked);
  const after = from === undefined ? undefined : readPlace(from, '"from" is not from an answer before');
  const rows = await read({ after, limit });
  const last = rows.at(-1);
  return rows.length < limit || last === undefined ? { rows } : { rows, next: writePlace(placeOf(last)) };
}

export function writePlace({ shard, nid }: RowPlace): string {
  return `${shard}-${nid}`;
}

/** No text in Postgres has one: whoever asks for it is told so, instead of finding nothing. */
export function refuseNul(...texts: readonly (string | undefined)[]): void {
  if (texts.some((text) => text?.includes('\0') === true))
    throw new MatrixError('M_INVALID_PARAM', 400, 'A parameter holds a NUL');
}

/** Refuses what no answer has named, with this reason. */
export function readPlace(text: string, because: string): RowPlace {
  const [, shard, nid] = /^([0-9]{1,5})-([0-9]{1,15})$/.exec(text) ?? [];
  if (shard === undefined) throw new MatrixError('M_INVALID_PARAM', 400, because);
  return { shard: Number(shard), nid: Number(nid) };
}
