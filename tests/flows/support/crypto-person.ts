import { isDeepStrictEqual } from 'node:util';
import type { MatrixClient as SdkClient, Room } from 'matrix-js-sdk';
import { ClientEvent, createClient, SyncState } from 'matrix-js-sdk';
import type { CryptoApi, GeneratedSecretStorageKey } from 'matrix-js-sdk/lib/crypto-api/index.js';
import type { Logger } from 'matrix-js-sdk/lib/logger.js';
import { waitUntil } from '../../support/servers/wait-until.ts';

const PASSWORD = 'wonderland';
const PATIENCE_MS = 60_000;

export const SILENT: Logger = {
  getChild: () => SILENT,
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** Somebody who uses the client library of the Matrix project with its encryption, on one device. */
export class CryptoPerson {
  readonly client: SdkClient;
  /** What the person wrote down: it opens what is stored encrypted on the server. */
  readonly recovery: { key: GeneratedSecretStorageKey | undefined };

  private constructor(client: SdkClient, recovery: { key: GeneratedSecretStorageKey | undefined }) {
    this.client = client;
    this.recovery = recovery;
  }

  static async signUp(baseUrl: string, username: string): Promise<CryptoPerson> {
    const auth = { type: 'm.login.dummy' };
    const body = { username, password: PASSWORD, auth };
    const {
      user_id: userId,
      device_id: deviceId = '',
      access_token: accessToken = '',
    } = await createClient({
      baseUrl,
      logger: SILENT,
    }).registerRequest(body);
    return CryptoPerson.#start({ baseUrl, userId, deviceId, accessToken }, { key: undefined });
  }

  /** The same person on a new device. */
  async logInAgain(): Promise<CryptoPerson> {
    const { baseUrl } = this.client;
    const login = {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: this.client.getSafeUserId() },
      password: PASSWORD,
    };
    const session = await createClient({ baseUrl, logger: SILENT }).loginRequest(login);
    const { user_id: userId, device_id: deviceId, access_token: accessToken } = session;
    return CryptoPerson.#start({ baseUrl, userId, deviceId, accessToken }, this.recovery);
  }

  static async #start(
    session: { baseUrl: string; userId: string; deviceId: string; accessToken: string },
    recovery: { key: GeneratedSecretStorageKey | undefined },
  ): Promise<CryptoPerson> {
    const cryptoCallbacks = {
      getSecretStorageKey: async ({ keys }: { keys: object }): Promise<[string, Uint8Array] | null> => {
        const [keyId] = Object.keys(keys);
        return keyId === undefined || recovery.key === undefined ? null : [keyId, recovery.key.privateKey];
      },
    };
    const client = createClient({ ...session, logger: SILENT, cryptoCallbacks, verificationMethods: ['m.sas.v1'] });
    await client.initRustCrypto({ useIndexedDB: false });
    const prepared = new Promise<void>((resolve) => {
      client.on(ClientEvent.Sync, (state) => {
        if (state === SyncState.Prepared) resolve();
      });
    });
    await client.startClient({ initialSyncLimit: 20 });
    await prepared;
    return new CryptoPerson(client, recovery);
  }

  get userId(): string {
    return this.client.getSafeUserId();
  }

  get crypto(): CryptoApi {
    const crypto = this.client.getCrypto();
    if (crypto === undefined) throw new Error('the client has no encryption');
    return crypto;
  }

  /** Makes keys of cross-signing, keeps them on the server under a key that is written down, and begins a backup of room keys. */
  async secure(): Promise<void> {
    await this.crypto.bootstrapCrossSigning({
      authUploadDeviceSigningKeys: async (upload) => {
        await upload(null);
      },
    });
    await this.crypto.bootstrapSecretStorage({
      createSecretStorageKey: async () => (this.recovery.key = await this.crypto.createRecoveryKeyFromPassphrase()),
      setupNewSecretStorage: true,
      setupNewKeyBackup: true,
    });
  }

  /** On a new device: takes everything back from the server with what is written down. */
  async recover(): Promise<void> {
    await this.crypto.userHasCrossSigningKeys(this.userId, true);
    await this.crypto.bootstrapCrossSigning({});
    await this.crypto.loadSessionBackupPrivateKeyFromSecretStorage();
    await this.crypto.checkKeyBackupAndEnable();
    await this.crypto.restoreKeyBackup();
  }

  room(roomId: string): Room {
    const room = this.client.getRoom(roomId);
    if (room === null) throw new Error(`${this.userId} does not know ${roomId}`);
    return room;
  }

  /** What the person can read in a room, in its order. */
  async reads(roomId: string): Promise<unknown[]> {
    const events = this.room(roomId).getLiveTimeline().getEvents();
    await Promise.all(events.map((event) => this.client.decryptEventIfNeeded(event)));
    const messages = events.filter((event) => event.getType() === 'm.room.message' && event.status === null);
    return messages.filter((event) => event.isEncrypted()).map((event) => event.getContent()['body']);
  }

  /** Resolves when the person can read just these messages of a room. */
  async untilReads(roomId: string, bodies: readonly string[]): Promise<void> {
    await waitUntil(`${this.userId} reads ${bodies.join(', ')}`, PATIENCE_MS, async () =>
      isDeepStrictEqual(await this.reads(roomId), bodies),
    );
  }
}
