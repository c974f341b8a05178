import type { JsonObject } from '@plexus/matrix-base';
import type { RemoteDeviceListWriter } from '@plexus/storage';
import { encodeRemoteUpdate, GAP_UPDATE } from '@plexus/user-keys';
import type { AnnouncedUserStreams } from '@plexus/user-streams';
import type { Parties } from '../authentication/parties.ts';
import type { EduReceiver } from './edu-receiver.ts';
import { isUserOf } from './user-of.ts';

export interface ReceiveDeviceListsPorts {
  readonly deviceLists: RemoteDeviceListWriter;
  readonly announcer: Pick<AnnouncedUserStreams, 'deviceListChanged'>;
}

/**
 * A user's devices or cross-signing keys have changed (https://spec.matrix.org/v1.19/server-server-api/#device-management). The change is stored, and done
 * when somebody asks for the list. A user of whose list nobody here has ever asked is nobody's concern.
 */
export class ReceiveDeviceLists implements EduReceiver {
  readonly #ports: ReceiveDeviceListsPorts;
  readonly #kind: 'device' | 'signing-keys';

  constructor(ports: ReceiveDeviceListsPorts, kind: 'device' | 'signing-keys') {
    this.#ports = ports;
    this.#kind = kind;
  }

  async execute({ origin }: Parties, content: JsonObject): Promise<boolean> {
    const { user_id: userId } = content;
    if (!isUserOf(userId, origin)) return false;
    const update = { content: encodeRemoteUpdate(this.#kind, content), gap: GAP_UPDATE };
    if (!(await this.#ports.deviceLists.recordChange(userId, update))) return false;
    this.#ports.announcer.deviceListChanged(userId);
    return true;
  }
}
