import { federatedClaimResponse, federatedKeysResponse } from '@plexus/matrix-api';
import type { FederatedClaimResponse, FederatedKeysResponse } from '@plexus/matrix-api';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

type ByUser<T> = Readonly<Record<string, T>>;

/** The keys of users' devices (https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysquery). */
export function queryUserKeys(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { deviceKeys, timeoutMs }: { readonly deviceKeys: ByUser<readonly string[]>; readonly timeoutMs: number },
): Promise<ServerAnswer<FederatedKeysResponse>> {
  const asked = Object.entries(deviceKeys).map(([userId, deviceIds]): [string, string[]] => [userId, [...deviceIds]]);
  return askServer(servers, pair, {
    question: {
      method: 'POST',
      path: '/_matrix/federation/v1/user/keys/query',
      body: { device_keys: Object.fromEntries(asked) },
      timeoutMs,
    },
    shape: federatedKeysResponse,
  });
}

/** Takes one-time keys of users' devices (https://spec.matrix.org/v1.19/server-server-api/#post_matrixfederationv1userkeysclaim). */
export function claimUserKeys(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  { oneTimeKeys, timeoutMs }: { readonly oneTimeKeys: ByUser<ByUser<string>>; readonly timeoutMs: number },
): Promise<ServerAnswer<FederatedClaimResponse>> {
  return askServer(servers, pair, {
    question: {
      method: 'POST',
      path: '/_matrix/federation/v1/user/keys/claim',
      body: { one_time_keys: oneTimeKeys },
      timeoutMs,
    },
    shape: federatedClaimResponse,
  });
}
