import type { UploadKeysRequest } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { deviceKeyCountsKey } from '@plexus/service-shell';
import type { Requester } from '@plexus/service-shell';
import type { DeviceKeyCounts, KeyUploadOutcome, NewDeviceKeys } from '@plexus/storage';
import { requireDevice } from '../appservices/require-device.ts';
import type { KeyPorts } from './key-ports.ts';
import { readDeviceKeys, tooManyKeys } from './read-device-keys.ts';

/** Publishes a device's keys (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload). */
export class UploadKeys {
  readonly #ports: Pick<KeyPorts, 'deviceKeys' | 'deviceLists' | 'keyCounts'>;

  constructor(ports: Pick<KeyPorts, 'deviceKeys' | 'deviceLists' | 'keyCounts'>) {
    this.#ports = ports;
  }

  /** Returns the number of unclaimed one-time keys, by algorithm. */
  async execute(requester: Requester, body: UploadKeysRequest): Promise<DeviceKeyCounts['oneTimeKeys']> {
    requireDevice(requester);
    const { userId, deviceId } = requester;
    const uploaded = await this.#store(readDeviceKeys({ userId, deviceId }, body));
    if (uploaded.outcome === 'stored') {
      if (uploaded.changesDeviceList) this.#ports.deviceLists.deviceListChanged(userId);
      return uploaded.counts.oneTimeKeys;
    }
    if (uploaded.outcome === 'other-key') {
      const name = `${uploaded.algorithm}:${uploaded.keyId}`;
      throw new MatrixError('M_INVALID_PARAM', 400, `Another one-time key is there under "${name}"`);
    }
    if (uploaded.outcome === 'too-many') throw tooManyKeys();
    throw new MatrixError('M_UNKNOWN_TOKEN', 401, 'The device has been removed', { soft_logout: false });
  }

  async #store(keys: NewDeviceKeys): Promise<KeyUploadOutcome> {
    const { deviceKeys, keyCounts } = this.#ports;
    const { userId, deviceId, oneTimeKeys, fallbackKeys } = keys;
    if (oneTimeKeys.length === 0 && fallbackKeys.length === 0) return await deviceKeys.storeKeys(keys);
    return await keyCounts.change([deviceKeyCountsKey(userId, deviceId)], () => deviceKeys.storeKeys(keys));
  }
}
