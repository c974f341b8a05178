import type { DehydratedDeviceRequest } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { deviceKeyCountsKey } from '@plexus/service-shell';
import { requireDeviceId, storableName } from '../accounts/open-session.ts';
import { encodeKey } from './encode-key.ts';
import type { KeyPorts } from './key-ports.ts';
import { readDeviceKeys } from './read-device-keys.ts';

/** Keeps a user's dehydrated device (https://github.com/matrix-org/matrix-spec-proposals/pull/3814). */
export class ManageDehydratedDevice {
  readonly #ports: Pick<KeyPorts, 'dehydrated' | 'deviceLists' | 'keyCounts'>;

  constructor(ports: Pick<KeyPorts, 'dehydrated' | 'deviceLists' | 'keyCounts'>) {
    this.#ports = ports;
  }

  /** Puts it in place of the one that there was. Returns its id. */
  async store(userId: string, body: DehydratedDeviceRequest): Promise<string> {
    const { device_id: deviceId, device_data: deviceData, initial_device_display_name: name } = body;
    requireDeviceId(deviceId);
    const keys = readDeviceKeys({ userId, deviceId }, body);
    const device = { ...keys, deviceData: encodeKey(deviceData), displayName: storableName(name) };
    const { dehydrated, deviceLists, keyCounts } = this.#ports;
    const outcome = await keyCounts.change([deviceKeyCountsKey(userId, deviceId)], () =>
      dehydrated.storeDehydratedDevice(device),
    );
    if (outcome !== 'stored') throw new MatrixError('M_INVALID_PARAM', 400, 'The device id is in use');
    deviceLists.deviceListChanged(userId);
    return deviceId;
  }

  async find(userId: string): Promise<{ device_id: string; device_data: JsonObject }> {
    const found = await this.#ports.dehydrated.findDehydratedDevice(userId);
    if (found === undefined) throw noDevice();
    return { device_id: found.deviceId, device_data: JSON.parse(found.deviceData) as JsonObject };
  }

  /** Returns the id of the device that there was. */
  async remove(userId: string): Promise<string> {
    const { dehydrated, deviceLists } = this.#ports;
    const deviceId = await dehydrated.removeDehydratedDevice(userId);
    if (deviceId === undefined) throw noDevice();
    deviceLists.deviceListChanged(userId);
    return deviceId;
  }
}

function noDevice(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'There is no dehydrated device');
}
