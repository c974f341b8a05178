import type { JsonObject } from '@plexus/matrix-base';
import type {
  AccountDataReader,
  DeviceRepository,
  ExternalId,
  StoredThreepid,
  ThreepidRepository,
  UserAdminRepository,
  UserRoom,
  UserRoomReader,
} from '@plexus/storage';

export interface ReadUserPorts {
  readonly userAdmin: UserAdminRepository;
  readonly userRooms: UserRoomReader;
  readonly devices: DeviceRepository;
  readonly threepids: Pick<ThreepidRepository, 'listThreepids'>;
  readonly accountData: AccountDataReader;
}

/** Where a user was seen, as the specification and Synapse write it. */
export interface WhoIs {
  readonly user_id: string;
  readonly devices: Readonly<Record<string, object>>;
}

/** All account data of a user, by type, and by room and type. */
export interface AllAccountData {
  readonly global: Record<string, JsonObject>;
  readonly rooms: Record<string, Record<string, JsonObject>>;
}

/** Reads what is held about a user; whether the administrator may is found out before. */
export class ReadUser {
  readonly #ports: ReadUserPorts;

  constructor(ports: ReadUserPorts) {
    this.#ports = ports;
  }

  async contacts(userId: string): Promise<{ externalIds: ExternalId[]; threepids: StoredThreepid[] }> {
    const { userAdmin, threepids } = this.#ports;
    return {
      externalIds: await userAdmin.listExternalIds(userId),
      threepids: await threepids.listThreepids(userId),
    };
  }

  findByExternalId(externalId: ExternalId): Promise<string | undefined> {
    return this.#ports.userAdmin.findByExternalId(externalId);
  }

  rooms(userId: string): Promise<UserRoom[]> {
    return this.#ports.userRooms.findUserRooms(userId);
  }

  /** Where the user was seen last, device by device (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3adminwhoisuserid). */
  async whoIs(userId: string): Promise<WhoIs> {
    const devices = await this.#ports.devices.listDevices(userId);
    const sessions = devices.map(({ deviceId, lastSeenIp, lastSeenAt, lastSeenUserAgent }) => {
      const connection = {
        ...(lastSeenIp !== undefined && { ip: lastSeenIp }),
        ...(lastSeenAt !== undefined && { last_seen: lastSeenAt }),
        ...(lastSeenUserAgent !== undefined && { user_agent: lastSeenUserAgent }),
      };
      return [deviceId, { sessions: [{ connections: lastSeenAt === undefined ? [] : [connection] }] }] as const;
    });
    return { user_id: userId, devices: Object.fromEntries(sessions) };
  }

  async accountData(userId: string): Promise<AllAccountData> {
    const all: AllAccountData = { global: {}, rooms: {} };
    for (const { roomId, type, content } of await this.#ports.accountData.listAccountData(userId)) {
      const parsed = JSON.parse(content) as JsonObject;
      if (roomId === undefined) all.global[type] = parsed;
      else (all.rooms[roomId] ??= {})[type] = parsed;
    }
    return all;
  }
}
