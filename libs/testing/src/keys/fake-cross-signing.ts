import type {
  CrossSigningKeyRecord,
  CrossSigningRepository,
  KeySignature,
  StoreCrossSigningOutcome,
} from '@plexus/storage';
import type { FakeAccounts } from '../accounts/fake-accounts.ts';

/** Keys of cross-signing in memory. */
export class FakeCrossSigning implements CrossSigningRepository {
  readonly #accounts: Pick<FakeAccounts, 'devices'>;
  #keys: CrossSigningKeyRecord[] = [];
  #signatures: KeySignature[] = [];

  constructor(accounts: Pick<FakeAccounts, 'devices'>) {
    this.#accounts = accounts;
  }

  async findCrossSigningKeys(userIds: readonly string[]): Promise<CrossSigningKeyRecord[]> {
    return this.#keys.filter(({ userId }) => userIds.includes(userId));
  }

  async storeCrossSigningKeys(
    userId: string,
    keys: readonly CrossSigningKeyRecord[],
    known: readonly CrossSigningKeyRecord[],
  ): Promise<StoreCrossSigningOutcome> {
    const current = this.#keys.filter((key) => key.userId === userId);
    if (current.length !== known.length || !current.every((key) => known.some((other) => other.key === key.key)))
      return { outcome: 'changed-meanwhile' };
    if (keys.some(({ publicKey }) => this.#accounts.devices.has(`${userId} ${publicKey}`)))
      return { outcome: 'key-is-device-id' };
    const changed = keys.filter((key) => !current.some((other) => other.usage === key.usage && other.key === key.key));
    if (changed.length === 0) return { outcome: 'stored', changesDeviceList: false };
    const gone = current.filter((key) => isReplaced(key, { keys, current }));
    const goneIds = new Set(gone.map(({ publicKey }) => publicKey));
    this.#signatures = this.#signatures.filter(({ keyId, signerKeyId }) => {
      return !goneIds.has(keyId) && !goneIds.has(signerKeyId.slice('ed25519:'.length));
    });
    const isKept = (key: CrossSigningKeyRecord): boolean =>
      !gone.includes(key) && !changed.some((next) => next.userId === key.userId && next.usage === key.usage);
    this.#keys = [...this.#keys.filter(isKept), ...changed];
    return { outcome: 'stored', changesDeviceList: true };
  }

  async findSignatures(userIds: readonly string[], viewer: string): Promise<KeySignature[]> {
    return this.#signatures.filter(({ userId, signerUserId }) => {
      return userIds.includes(userId) && (signerUserId === userId || signerUserId === viewer);
    });
  }

  async storeSignatures(signatures: readonly KeySignature[]): Promise<boolean> {
    const added = signatures.filter((signature) => {
      return !this.#signatures.some(
        (known) => isSameSigner(known, signature) && known.signature === signature.signature,
      );
    });
    const rest = this.#signatures.filter((known) => !added.some((signature) => isSameSigner(known, signature)));
    this.#signatures = [...rest, ...added];
    return added.length > 0;
  }
}

function isReplaced(
  key: CrossSigningKeyRecord,
  { keys, current }: { keys: readonly CrossSigningKeyRecord[]; current: readonly CrossSigningKeyRecord[] },
): boolean {
  const next = keys.find(({ usage }) => usage === key.usage);
  if (next !== undefined) return next.publicKey !== key.publicKey;
  const master = keys.find(({ usage }) => usage === 'master');
  const former = current.find(({ usage }) => usage === 'master');
  return master !== undefined && former !== undefined && master.publicKey !== former.publicKey;
}

function isSameSigner(some: KeySignature, other: KeySignature): boolean {
  return (
    some.userId === other.userId &&
    some.keyId === other.keyId &&
    some.signerUserId === other.signerUserId &&
    some.signerKeyId === other.signerKeyId
  );
}
