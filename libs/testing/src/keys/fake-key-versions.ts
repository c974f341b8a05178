import type { UserKeyVersionReader } from '@plexus/storage';
import type { FakeAccounts } from '../accounts/fake-accounts.ts';
import type { FakeCrossSigning } from './fake-cross-signing.ts';
import type { FakeDeviceKeys } from './fake-device-keys.ts';

/** Versions of keys in memory: what there is, written out. */
export class FakeKeyVersions implements UserKeyVersionReader {
  readonly #accounts: Pick<FakeAccounts, 'findProfiles'>;
  readonly #deviceKeys: FakeDeviceKeys;
  readonly #crossSigning: FakeCrossSigning;

  constructor(
    accounts: Pick<FakeAccounts, 'findProfiles'>,
    { deviceKeys, crossSigning }: { readonly deviceKeys: FakeDeviceKeys; readonly crossSigning: FakeCrossSigning },
  ) {
    this.#accounts = accounts;
    this.#deviceKeys = deviceKeys;
    this.#crossSigning = crossSigning;
  }

  async findKeyVersions(userIds: readonly string[]): Promise<Map<string, string | undefined>> {
    const existing = [...(await this.#accounts.findProfiles(userIds)).keys()];
    return new Map(await Promise.all(existing.map(async (userId) => [userId, await this.#versionOf(userId)] as const)));
  }

  async #versionOf(userId: string): Promise<string | undefined> {
    const found = [
      await this.#deviceKeys.findDeviceKeys([{ userId, deviceIds: [] }]),
      await this.#crossSigning.findCrossSigningKeys([userId]),
      await this.#crossSigning.findSignatures([userId], ''),
    ];
    return found.every(({ length }) => length === 0) ? undefined : JSON.stringify(found);
  }
}
