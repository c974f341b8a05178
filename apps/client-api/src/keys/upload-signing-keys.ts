import type { CrossSigningKey, UploadSigningKeysRequest } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { CrossSigningKeyRecord, CrossSigningUsage } from '@plexus/storage';
import { PASSWORD } from '../authentication/auth-stage.ts';
import type { AskedAuth, InteractiveAuth } from '../authentication/interactive-auth.ts';
import type { KeyPorts } from './key-ports.ts';
import { readCrossSigningKey, requireSignedBy } from './read-cross-signing-key.ts';

export interface SigningKeysUpload {
  readonly requester: Requester;
  readonly body: UploadSigningKeysRequest;
  readonly clientAddress: string;
}

/** Publishes a user's keys of cross-signing (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload). */
export class UploadSigningKeys {
  readonly #ports: Pick<KeyPorts, 'crossSigning' | 'deviceLists'>;
  readonly #interactiveAuth: Pick<InteractiveAuth, 'execute'>;

  constructor(
    ports: Pick<KeyPorts, 'crossSigning' | 'deviceLists'>,
    interactiveAuth: Pick<InteractiveAuth, 'execute'>,
  ) {
    this.#ports = ports;
    this.#interactiveAuth = interactiveAuth;
  }

  /** Who changes keys has to prove first that they are the user; an application service has. */
  async execute(upload: SigningKeysUpload): Promise<AskedAuth | { readonly outcome: 'stored' }> {
    const { userId, appserviceId } = upload.requester;
    const keys = readKeys(userId, upload.body);
    for (let isProven = appserviceId !== undefined; ;) {
      const known = await this.#ports.crossSigning.findCrossSigningKeys([userId]);
      requireSignatures(keys, known);
      if (!isProven && mustProve(keys, known)) {
        const authenticated = await this.#authenticate(upload, keys);
        if (authenticated.outcome === 'ask') return authenticated;
        isProven = true;
      }
      if (await this.#store(userId, keys, known)) return { outcome: 'stored' };
    }
  }

  #authenticate(
    { requester, body, clientAddress }: SigningKeysUpload,
    keys: readonly CrossSigningKeyRecord[],
  ): ReturnType<InteractiveAuth['execute']> {
    const { userId, serverName } = requester;
    return this.#interactiveAuth.execute({
      auth: body.auth,
      serverName,
      userId,
      clientAddress,
      operation: { name: 'upload-signing-keys', parameters: keys.map(({ key }) => key) },
      flows: [{ stages: [PASSWORD] }],
    });
  }

  /** False where the keys have changed meanwhile. */
  async #store(
    userId: string,
    keys: readonly CrossSigningKeyRecord[],
    known: readonly CrossSigningKeyRecord[],
  ): Promise<boolean> {
    const { crossSigning, deviceLists } = this.#ports;
    const stored = await crossSigning.storeCrossSigningKeys(userId, keys, known);
    if (stored.outcome === 'key-is-device-id')
      throw new MatrixError('M_FORBIDDEN', 403, 'A device of the user has this key as its id');
    if (stored.outcome !== 'stored') return false;
    if (stored.changesDeviceList) deviceLists.deviceListChanged(userId);
    return true;
  }
}

function readKeys(userId: string, body: UploadSigningKeysRequest): CrossSigningKeyRecord[] {
  const written: readonly [CrossSigningUsage, CrossSigningKey | undefined][] = [
    ['master', body.master_key],
    ['self_signing', body.self_signing_key],
    ['user_signing', body.user_signing_key],
  ];
  return written.flatMap(([usage, key]) =>
    key === undefined ? [] : [readCrossSigningKey(key as CrossSigningKey & JsonObject, { userId, usage })],
  );
}

function requireSignatures(keys: readonly CrossSigningKeyRecord[], known: readonly CrossSigningKeyRecord[]): void {
  const master = findMaster(keys) ?? findMaster(known);
  if (master === undefined) throw new MatrixError('M_MISSING_PARAM', 400, 'There is no master key');
  for (const key of keys) if (key.usage !== 'master') requireSignedBy(master, key);
}

/** The first keys are free, and keys that are there already. */
function mustProve(keys: readonly CrossSigningKeyRecord[], known: readonly CrossSigningKeyRecord[]): boolean {
  if (findMaster(known) === undefined) return false;
  const isThere = (key: CrossSigningKeyRecord): boolean =>
    known.some((other) => other.usage === key.usage && other.key === key.key);
  return findMaster(keys) === undefined || !keys.every(isThere);
}

function findMaster(keys: readonly CrossSigningKeyRecord[]): CrossSigningKeyRecord | undefined {
  return keys.find(({ usage }) => usage === 'master');
}
