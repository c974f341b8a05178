import { timestampToEventResponse } from '@plexus/matrix-api';
import type { TimestampToEventResponse } from '@plexus/matrix-api';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

export interface TimestampQuery {
  readonly roomId: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly direction: 'forwards' | 'backwards';
}

/** The event nearest to a time (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1timestamp_to_eventroomid). */
export function timestampToEvent(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, timestamp, direction }: TimestampQuery,
): Promise<ServerAnswer<TimestampToEventResponse>> {
  const path = pathOf`/_matrix/federation/v1/timestamp_to_event/${roomId}`;
  const query = { ts: String(timestamp), dir: direction === 'forwards' ? 'f' : 'b' };
  return askServer(servers, pair, {
    question: { method: 'GET', path, query, timeoutMs: 10_000 },
    shape: timestampToEventResponse,
  });
}
