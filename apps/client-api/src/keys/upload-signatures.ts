import { setImmediate } from 'node:timers/promises';
import type { UploadSignaturesRequest } from '@plexus/matrix-api';
import { isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { CrossSigningKeyRecord, HostedServers, KeySignature } from '@plexus/storage';
import { publicKeyOf } from '@plexus/user-keys';
import { checkKeySignatures } from './check-key-signatures.ts';
import type { KeyPorts } from './key-ports.ts';
import type { QueryRemoteKeys } from './query-remote-keys.ts';
import { SignableKeys } from './signable-keys.ts';
import { splitByServer } from './split-by-server.ts';
import type { Failures } from './split-by-server.ts';

export interface UploadSignaturesPorts extends Pick<KeyPorts, 'deviceKeys' | 'deviceLists' | 'crossSigning'> {
  readonly servers: Pick<HostedServers, 'isHosted'>;
  readonly remoteKeys: Pick<QueryRemoteKeys, 'execute'>;
}

/** Errors by user id and key id. */
export type SignatureFailures = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;

interface Failure {
  readonly userId: string;
  readonly keyId: string;
  readonly error: JsonObject;
}

const NO_SUCH_KEY = { errcode: 'M_NOT_FOUND', error: 'There is no such key to sign' };
/** After so many keys, whatever else is due gets its turn. */
const KEYS_AT_ONCE = 50;

/** Publishes signatures for keys (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload). */
export class UploadSignatures {
  readonly #ports: UploadSignaturesPorts;

  constructor(ports: UploadSignaturesPorts) {
    this.#ports = ports;
  }

  /** Stores what is right and returns the rest. */
  async execute(signer: Requester, uploaded: UploadSignaturesRequest): Promise<SignatureFailures> {
    const keys = await this.#findKeys(signer, Object.keys(uploaded));
    const failures: Failure[] = [];
    const signatures: KeySignature[] = [];
    let count = 0;
    for (const { userId, keyId, signed } of listSigned(uploaded)) {
      const checked = checkOne(keys, { userId, keyId, signed });
      if ('error' in checked) failures.push({ userId, keyId, error: checked.error });
      else
        for (const [signerKeyId, signature] of checked.signatures)
          signatures.push({ userId, keyId, signerUserId: signer.userId, signerKeyId, signature });
      if (++count % KEYS_AT_ONCE === 0) await setImmediate();
    }
    if (signatures.length > 0) await this.#store(signatures);
    return failuresByUser(failures);
  }

  async #store(signatures: readonly KeySignature[]): Promise<void> {
    const { crossSigning, deviceLists } = this.#ports;
    const isNew = await crossSigning.storeSignatures(signatures);
    if (isNew)
      for (const userId of new Set(signatures.map((signature) => signature.userId)))
        deviceLists.deviceListChanged(userId);
  }

  /** Master keys of other servers' users are those that their servers give. */
  async #findKeys(signer: Requester, named: readonly string[]): Promise<FoundKeys> {
    const { deviceKeys, crossSigning, servers, remoteKeys } = this.#ports;
    const { hosted, elsewhere } = splitByServer(named.filter(isUserId), servers);
    const asked = Object.fromEntries([...elsewhere.values()].flat().map((userId) => [userId, []]));
    const [devices, keys, remote] = await Promise.all([
      deviceKeys.findDeviceKeys([{ userId: signer.userId, deviceIds: [] }]),
      crossSigning.findCrossSigningKeys([...new Set([signer.userId, ...hosted])]),
      remoteKeys.execute(signer, { elsewhere, request: { device_keys: asked } }),
    ]);
    const masters = remote.masterKeys.flatMap(([userId, key]) => masterOf(userId, key));
    return { signable: new SignableKeys(signer.userId, devices, [...keys, ...masters]), failures: remote.failures };
  }
}

interface FoundKeys {
  readonly signable: SignableKeys;
  /** Servers that did not answer. */
  readonly failures: Failures;
}

function masterOf(userId: string, key: JsonObject): CrossSigningKeyRecord[] {
  const publicKey = publicKeyOf(key);
  return publicKey === undefined ? [] : [{ userId, usage: 'master', publicKey, key: JSON.stringify(key) }];
}

interface SignedKey {
  readonly userId: string;
  readonly keyId: string;
  readonly signed: JsonObject;
}

function listSigned(uploaded: UploadSignaturesRequest): SignedKey[] {
  return Object.entries(uploaded).flatMap(([userId, keys]) =>
    Object.entries(keys).map(([keyId, signed]) => ({ userId, keyId, signed })),
  );
}

function checkOne(
  { signable, failures }: FoundKeys,
  { userId, keyId, signed }: SignedKey,
): { readonly signatures: ReadonlyMap<string, string> } | { readonly error: JsonObject } {
  const key = signable.find(userId, keyId);
  if (key === undefined) return { error: (isUserId(userId) && failures[serverNameOf(userId)]) || NO_SUCH_KEY };
  const checked = checkKeySignatures(signed, key);
  if (checked.outcome === 'ok') return { signatures: checked.signatures };
  return { error: { errcode: checked.errcode, error: checked.because } };
}

function failuresByUser(failures: readonly Failure[]): SignatureFailures {
  const byUser = Map.groupBy(failures, ({ userId }) => userId);
  return Object.fromEntries(
    [...byUser].map(([userId, own]) => [userId, Object.fromEntries(own.map(({ keyId, error }) => [keyId, error]))]),
  );
}
