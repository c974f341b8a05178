import { serverNameOf } from '@plexus/matrix-base';
import type {
  EmailValidationRepository,
  NewEmailValidation,
  StoredThreepid,
  Threepid,
  ThreepidRepository,
} from '@plexus/storage';

interface Validation extends NewEmailValidation {
  readonly sentAttempt: number | undefined;
  readonly validatedAt: number | undefined;
}

/** Third-party ids and their validations in memory. Nothing expires. */
export class FakeThreepids implements ThreepidRepository, EmailValidationRepository {
  readonly #threepids = new Map<string, StoredThreepid & { readonly userId: string }>();
  readonly #validations = new Map<string, Validation>();

  async listThreepids(userId: string): Promise<StoredThreepid[]> {
    const own = [...this.#threepids.values()].filter((threepid) => threepid.userId === userId);
    return own.map(({ userId: _user, ...threepid }) => threepid);
  }

  async findThreepidUser(
    serverName: string,
    { medium, address }: Pick<Threepid, 'medium' | 'address'>,
  ): Promise<string | undefined> {
    return this.#threepids.get(`${serverName} ${medium} ${address}`)?.userId;
  }

  /** Whether it is somebody else's. */
  isTaken(userId: string, { medium, address }: Threepid): boolean {
    const owner = this.#threepids.get(`${serverNameOf(userId)} ${medium} ${address}`)?.userId;
    return owner !== undefined && owner !== userId;
  }

  async addThreepid(userId: string, threepid: Threepid): Promise<boolean> {
    const key = `${serverNameOf(userId)} ${threepid.medium} ${threepid.address}`;
    const { userId: owner = userId, addedAt = Date.now() } = this.#threepids.get(key) ?? {};
    if (owner !== userId) return false;
    this.#threepids.set(key, { ...threepid, addedAt, userId });
    return true;
  }

  async removeThreepid(userId: string, { medium, address }: Pick<Threepid, 'medium' | 'address'>): Promise<boolean> {
    const key = `${serverNameOf(userId)} ${medium} ${address}`;
    return this.#threepids.get(key)?.userId === userId && this.#threepids.delete(key);
  }

  async startValidation(validation: NewEmailValidation): Promise<{ sid: string; wantsMail: boolean }> {
    const isSame = (other: Validation): boolean =>
      other.serverName === validation.serverName &&
      other.purpose === validation.purpose &&
      other.address === validation.address &&
      other.clientSecretHash.equals(validation.clientSecretHash);
    const known = [...this.#validations.values()].find(isSame);
    if (known?.sentAttempt !== undefined && known.sentAttempt >= validation.sendAttempt)
      return { sid: known.sid, wantsMail: false };
    const fresh = { sentAttempt: undefined, validatedAt: undefined };
    const sid = known?.sid ?? validation.sid;
    this.#validations.set(sid, { ...(known ?? fresh), ...validation, sid });
    return { sid, wantsMail: true };
  }

  async recordSent(sid: string, sendAttempt: number): Promise<void> {
    const validation = this.#validations.get(sid);
    if (validation !== undefined) this.#validations.set(sid, { ...validation, sentAttempt: sendAttempt });
  }

  async validateEmail(sid: string, tokenHash: Buffer): Promise<{ nextLink: string | undefined } | undefined> {
    const validation = this.#validations.get(sid);
    if (validation === undefined || !validation.tokenHash.equals(tokenHash)) return undefined;
    this.#validations.set(sid, { ...validation, validatedAt: validation.validatedAt ?? Date.now() });
    return { nextLink: validation.nextLink };
  }

  async findValidated(serverName: string, sid: string, clientSecretHash: Buffer): Promise<Threepid | undefined> {
    const validation = this.#validations.get(sid);
    if (validation?.validatedAt === undefined || validation.serverName !== serverName) return undefined;
    if (!validation.clientSecretHash.equals(clientSecretHash)) return undefined;
    return { medium: 'email', address: validation.address, validatedAt: validation.validatedAt };
  }
}
