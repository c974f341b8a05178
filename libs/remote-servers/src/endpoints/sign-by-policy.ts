import { policySignResponse } from '@plexus/matrix-api';
import type { PolicySignResponse } from '@plexus/matrix-api';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

/** Where policy servers are asked; the only path at which one of a hosted server may be. */
export const POLICY_SIGN_PATH = '/_matrix/policy/v1/sign';

/** A signature is short. */
const MAX_BYTES = 64 * 1024;

/**
 * Asks a policy server to recommend an event by its signature (https://spec.matrix.org/v1.19/server-server-api/#post_matrixpolicyv1sign). Other signatures
 * of the event are not in the answer.
 */
export function signByPolicy(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { bytes, timeoutMs }: { readonly bytes: Uint8Array; readonly timeoutMs: number },
): Promise<ServerAnswer<PolicySignResponse>> {
  const question = { method: 'POST', path: POLICY_SIGN_PATH, body: bytes, timeoutMs, maxBytes: MAX_BYTES } as const;
  return askServer(servers, pair, { question, shape: policySignResponse });
}
