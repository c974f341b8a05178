import { pduTransactionResponse } from '@plexus/matrix-api';
import type { PduTransactionResponse } from '@plexus/matrix-api';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

export interface BackfillQuery {
  readonly roomId: string;
  /** Where the walk back begins; they are part of the answer. */
  readonly eventIds: readonly string[];
  readonly limit: number;
}

const MAX_BYTES = 64 * 1024 * 1024;

/** Walks back through a room's history (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1backfillroomid). */
export function backfill(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { roomId, eventIds, limit }: BackfillQuery,
): Promise<ServerAnswer<PduTransactionResponse>> {
  const path = pathOf`/_matrix/federation/v1/backfill/${roomId}`;
  return askServer(servers, pair, {
    question: { method: 'GET', path, query: { v: eventIds, limit: String(limit) }, maxBytes: MAX_BYTES },
    shape: pduTransactionResponse,
  });
}
