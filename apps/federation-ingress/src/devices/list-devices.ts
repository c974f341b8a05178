import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { DeviceListVersionReader } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';
import type { QueryKeys } from './query-keys.ts';

export interface DevicesAnswer {
  readonly user_id: string;
  readonly stream_id: number;
  readonly devices: readonly { readonly device_id: string; readonly keys: JsonObject }[];
  readonly master_key?: JsonObject;
  readonly self_signing_key?: JsonObject;
}

/** A user's devices that have keys (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1userdevicesuserid). */
export class ListDevices {
  readonly #keys: QueryKeys;
  readonly #versions: DeviceListVersionReader;

  constructor(keys: QueryKeys, versions: DeviceListVersionReader) {
    this.#keys = keys;
    this.#versions = versions;
  }

  /**
   * Throws `M_INVALID_PARAM` for what is no user id, 404 for a user that the addressed server does not have.
   *
   * @NOTE The version is read first: a change in between is told again, never left out.
   */
  async execute({ destination }: Parties, userId: string): Promise<DevicesAnswer> {
    if (!isUserId(userId)) throw new MatrixError('M_INVALID_PARAM', 400, 'The user id is none');
    const streamId = await this.#versions.findLastChange(userId);
    const [shown] = serverNameOf(userId) === destination ? await this.#keys.show([userId]) : [];
    if (shown === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'User does not exist');
    const [master, selfSigning] = [shown.crossSigning.get('master'), shown.crossSigning.get('self_signing')];
    return {
      user_id: userId,
      stream_id: streamId,
      devices: [...shown.devices].map(([deviceId, keys]) => ({ device_id: deviceId, keys })),
      ...(master !== undefined && { master_key: master }),
      ...(selfSigning !== undefined && { self_signing_key: selfSigning }),
    };
  }
}
