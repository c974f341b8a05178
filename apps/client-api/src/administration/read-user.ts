import type { JsonObject } from '@plexus/matrix-base';
import { CONSENT_NOTICES, versionOfConsentNotice } from '@plexus/storage';
import type {
  AccountDataReader,
  Consent,
  ConsentReader,
  DeviceRepository,
  ExternalId,
  Policies,
  SentNoticeReader,
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
  readonly consents: Pick<ConsentReader, 'findConsents'>;
  readonly sentNotices: SentNoticeReader;
  readonly policies: Pick<Policies, 'list'>;
}

export interface UserDetails {
  readonly externalIds: readonly ExternalId[];
  readonly threepids: readonly StoredThreepid[];
  /** To whatever policy. */
  readonly lastConsent: Consent | undefined;
  /** The newest version of a policy for which a notice has asked the user. */
  readonly consentAskedFor: string | undefined;
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

  /** What is shown of a user beside the account. */
  async details(userId: string): Promise<UserDetails> {
    const { userAdmin, threepids, consents } = this.#ports;
    return {
      externalIds: await userAdmin.listExternalIds(userId),
      threepids: await threepids.listThreepids(userId),
      lastConsent: (await consents.findConsents(userId)).at(-1),
      consentAskedFor: await this.#findConsentAskedFor(userId),
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

  /** Nothing where the policy is no more. */
  async #findConsentAskedFor(userId: string): Promise<string | undefined> {
    const { sentNotices, policies } = this.#ports;
    const sent = (await sentNotices.findSentNotices(userId, CONSENT_NOTICES)).map(versionOfConsentNotice);
    const newest = Math.max(...sent);
    const versions = sent.length === 0 ? [] : policies.list().flatMap((policy) => policy.versions);
    return versions.find(({ versionNid }) => versionNid === newest)?.version;
  }
}
