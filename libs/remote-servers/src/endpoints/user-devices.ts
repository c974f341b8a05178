import { userDevicesResponse } from '@plexus/matrix-api';
import type { UserDevicesResponse } from '@plexus/matrix-api';
import { pathOf } from '../path-of.ts';
import type { RemoteServers } from '../remote-servers.ts';
import { askServer } from './ask-server.ts';
import type { ServerAnswer, ServerPair } from './ask-server.ts';

/** A user's devices, as their server lists them (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1userdevicesuserid). */
export function userDevices(
  servers: Pick<RemoteServers, 'request'>,
  pair: ServerPair,
  userId: string,
): Promise<ServerAnswer<UserDevicesResponse>> {
  const path = pathOf`/_matrix/federation/v1/user/devices/${userId}`;
  return askServer(servers, pair, { question: { method: 'GET', path }, shape: userDevicesResponse });
}
