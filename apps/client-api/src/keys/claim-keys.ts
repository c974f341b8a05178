import type { ClaimKeysRequest } from '@plexus/matrix-api';
import type { JsonValue } from '@plexus/matrix-base';
import { claimUserKeys } from '@plexus/remote-servers';
import type { RemoteServers } from '@plexus/remote-servers';
import { deviceKeyCountsKey } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import type { ClaimedKey, HostedServers, KeyClaim } from '@plexus/storage';
import type { KeyPorts } from './key-ports.ts';
import { failureOf, patienceOf, splitByServer } from './split-by-server.ts';
import type { Failures } from './split-by-server.ts';

type KeysByDevice = Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;

export interface KeysToUse {
  readonly failures: Failures;
  readonly one_time_keys: Readonly<Record<string, KeysByDevice>>;
}

export interface ClaimKeysPorts extends Pick<KeyPorts, 'deviceKeys' | 'keyCounts'> {
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly remoteServers: Pick<RemoteServers, 'request'>;
}

/** So many keys are claimed at once. */
const CLAIMS_AT_ONCE = 500;

/** Takes one-time keys of devices for sessions with them (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim). */
export class ClaimKeys {
  readonly #ports: ClaimKeysPorts;

  constructor(ports: ClaimKeysPorts) {
    this.#ports = ports;
  }

  /** Servers that do not answer are among the `failures`; devices that have no key left are left out. */
  async execute({ serverName }: Requester, request: ClaimKeysRequest): Promise<KeysToUse> {
    const { one_time_keys: asked } = request;
    const { hosted, elsewhere } = splitByServer(Object.keys(asked), this.#ports.servers);
    const asking = [...elsewhere].map(([destination, userIds]) =>
      this.#claimElsewhere({ origin: serverName, destination }, userIds, request),
    );
    const claims = hosted.flatMap((userId) => claimsOf(userId, asked[userId] ?? {}));
    const [remote, claimed] = await Promise.all([Promise.all(asking), this.#claimHosted(claims)]);
    const answers = [{ failures: {}, one_time_keys: keysByUser(claimed) }, ...remote];
    return {
      failures: Object.assign({}, ...answers.map(({ failures }) => failures)),
      one_time_keys: Object.assign({}, ...answers.map((answer) => answer.one_time_keys)),
    };
  }

  async #claimElsewhere(
    pair: { readonly origin: string; readonly destination: string },
    userIds: readonly string[],
    request: ClaimKeysRequest,
  ): Promise<KeysToUse> {
    const oneTimeKeys = Object.fromEntries(userIds.map((userId) => [userId, request.one_time_keys[userId] ?? {}]));
    const question = { oneTimeKeys, timeoutMs: patienceOf(request) };
    const answer = await claimUserKeys(this.#ports.remoteServers, pair, question);
    if (answer.outcome !== 'ok') return { failures: { [pair.destination]: failureOf(answer) }, one_time_keys: {} };
    const given = Object.entries(answer.value.one_time_keys).filter(([userId]) => userIds.includes(userId));
    return { failures: {}, one_time_keys: Object.fromEntries(given) };
  }

  async #claimHosted(claims: readonly KeyClaim[]): Promise<ClaimedKey[]> {
    const claimed: ClaimedKey[] = [];
    for (let first = 0; first < claims.length; first += CLAIMS_AT_ONCE)
      claimed.push(...(await this.#claim(claims.slice(first, first + CLAIMS_AT_ONCE))));
    return claimed;
  }

  #claim(claims: readonly KeyClaim[]): Promise<ClaimedKey[]> {
    const { deviceKeys, keyCounts } = this.#ports;
    const counted = claims.map(({ userId, deviceId }) => deviceKeyCountsKey(userId, deviceId));
    return keyCounts.change(counted, () => deviceKeys.claimKeys(claims));
  }
}

/** No key is named with a zero byte, and Postgres takes none. */
function claimsOf(userId: string, devices: Readonly<Record<string, string>>): KeyClaim[] {
  const claims = Object.entries(devices).map(([deviceId, algorithm]) => ({ userId, deviceId, algorithm }));
  return claims.filter(({ deviceId, algorithm }) => !deviceId.includes('\0') && !algorithm.includes('\0'));
}

function keysByUser(claimed: readonly ClaimedKey[]): KeysToUse['one_time_keys'] {
  const byUser = Map.groupBy(claimed, ({ userId }) => userId);
  return Object.fromEntries([...byUser].map(([userId, keys]) => [userId, keysByDevice(keys)]));
}

function keysByDevice(claimed: readonly ClaimedKey[]): KeysByDevice {
  return Object.fromEntries(
    claimed.map(({ deviceId, algorithm, keyId, key }) => [
      deviceId,
      { [`${algorithm}:${keyId}`]: JSON.parse(key) as JsonValue },
    ]),
  );
}
