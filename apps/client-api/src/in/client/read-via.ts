import { joinQuery, readQuery } from '@plexus/matrix-api';

/** Servers that a request names because they may be in the room, in the query's present and its older word. */
export function readVia(query: unknown): string[] {
  const { via = [], server_name: older = [] } = readQuery(joinQuery, query);
  return [...via, ...older];
}
