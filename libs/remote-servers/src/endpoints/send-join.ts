import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServerForBytes, askServerForBytesV1, isUnsupported } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

/** An event that is handed over to another server. */
export interface EventToSend {
  readonly roomId: string;
  readonly eventId: string;
  /** Canonical JSON of the signed event. */
  readonly bytes: Uint8Array;
}

/** The state of a room of some 100,000 members. */
const MAX_BYTES = 512 * 1024 * 1024;
/** A large room's answer takes its time at both ends. */
const TIMEOUT_MS = 300_000;

/**
 * Hands a join event over to a server in the room (https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid), by the
 * first version of the endpoint where the server has no other. The text of what it answers: the whole state may be in it.
 */
export async function sendJoin(
  servers: Pick<RemoteServers, 'requestBytes'>,
  pair: ServerPair,
  { roomId, eventId, bytes, omitMembers }: EventToSend & { readonly omitMembers: boolean },
): Promise<ServerAnswer<Uint8Array>> {
  const request = { method: 'PUT', body: bytes, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES } as const;
  const path = pathOf`/_matrix/federation/v2/send_join/${roomId}/${eventId}`;
  const answer = await askServerForBytes(servers, pair, {
    ...request,
    path,
    query: { omit_members: String(omitMembers) },
  });
  if (!isUnsupported(answer)) return answer;
  const v1 = pathOf`/_matrix/federation/v1/send_join/${roomId}/${eventId}`;
  return askServerForBytesV1(servers, pair, { ...request, path: v1 });
}
