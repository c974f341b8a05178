import { missingEventsResponse } from '@plexus/matrix-api';
import type { MissingEventsResponse } from '@plexus/matrix-api';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

export interface MissingEventsQuery {
  readonly roomId: string;
  /** Events that are here: what lies before them is not wanted. */
  readonly earliestEvents: readonly string[];
  /** Events whose predecessors are wanted. */
  readonly latestEvents: readonly string[];
  readonly limit: number;
}

/** Walks back from events (https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1get_missing_eventsroomid). */
export function getMissingEvents(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, earliestEvents, latestEvents, limit }: MissingEventsQuery,
): Promise<ServerAnswer<MissingEventsResponse>> {
  const path = pathOf`/_matrix/federation/v1/get_missing_events/${roomId}`;
  const body = { earliest_events: [...earliestEvents], latest_events: [...latestEvents], limit, min_depth: 0 };
  return askServer(servers, pair, { question: { method: 'POST', path, body }, shape: missingEventsResponse });
}
