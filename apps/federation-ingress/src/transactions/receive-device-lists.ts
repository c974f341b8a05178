import type { JsonObject } from '@plexus/matrix-base';
import type { RemoteDeviceListWriter } from '@plexus/storage';
import type { AnnouncedUserStreams } from '@plexus/user-streams';
import type { Parties } from '../authentication/parties.ts';
import type { EduReceiver } from './edu-receiver.ts';
import { isUserOf } from './user-of.ts';

export interface ReceiveDeviceListsPorts {
  readonly deviceLists: RemoteDeviceListWriter;
  readonly announcer: Pick<AnnouncedUserStreams, 'deviceListChanged'>;
}

/**
 * A user's devices or cross-signing keys have changed (https://spec.matrix.org/v1.19/server-server-api/#device-management). That it is so is stored, what
 * they are is asked for when somebody wants to know: so no update can be missed between two others.
 */
export class ReceiveDeviceLists implements EduReceiver {
  readonly #ports: ReceiveDeviceListsPorts;

  constructor(ports: ReceiveDeviceListsPorts) {
    this.#ports = ports;
  }

  async execute({ origin }: Parties, { user_id: userId }: JsonObject): Promise<boolean> {
    if (!isUserOf(userId, origin)) return false;
    await this.#ports.deviceLists.recordChange(userId);
    this.#ports.announcer.deviceListChanged(userId);
    return true;
  }
}
