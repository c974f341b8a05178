import type { JsonValue } from '@plexus/matrix-base';
import { MAX_PROFILE_BYTES } from '@plexus/storage';
import type {
  ProfileFields,
  ProfilePropagation,
  ProfilePropagationRepository,
  ProfileRepository,
} from '@plexus/storage';
import type { FakeAccounts } from './fake-accounts.ts';

interface Job extends ProfilePropagation {
  readonly claim: string | undefined;
}

/** Profiles in memory, of the users of `FakeAccounts`. */
export class FakeProfiles implements ProfileRepository, ProfilePropagationRepository {
  readonly jobs = new Map<string, Job>();
  readonly #accounts: FakeAccounts;
  readonly #fields = new Map<string, Map<string, JsonValue>>();
  #lastClaim = 0;
  #lastVersion = 0;

  constructor(accounts: FakeAccounts) {
    this.#accounts = accounts;
  }

  async findProfile(userId: string): Promise<ProfileFields | undefined> {
    const user = this.#accounts.users.get(userId);
    if (user === undefined || user.isDeactivated) return undefined;
    const profile = new Map(this.#fields.get(userId));
    if (user.displayName !== undefined) profile.set('displayname', user.displayName);
    if (user.avatarUrl !== undefined) profile.set('avatar_url', user.avatarUrl);
    return profile;
  }

  async listProfiles(userIds: readonly string[]): Promise<Map<string, ProfileFields>> {
    const found = new Map<string, ProfileFields>();
    for (const userId of userIds) {
      const profile = await this.findProfile(userId);
      if (profile !== undefined) found.set(userId, profile);
    }
    return found;
  }

  async changeProfile(
    userId: string,
    keyName: string,
    value: JsonValue | undefined,
  ): Promise<'changed' | 'too-large' | 'unknown-user'> {
    const [found, user] = [await this.findProfile(userId), this.#accounts.users.get(userId)];
    if (found === undefined || user === undefined) return 'unknown-user';
    const profile = new Map(found);
    if (value === undefined) profile.delete(keyName);
    else profile.set(keyName, value);
    const isTooLarge = Buffer.byteLength(JSON.stringify(Object.fromEntries(profile))) > MAX_PROFILE_BYTES;
    if (value !== undefined && isTooLarge) return 'too-large';
    const [displayName, avatarUrl] = [textIn(profile, 'displayname'), textIn(profile, 'avatar_url')];
    this.#accounts.users.set(userId, { ...user, displayName, avatarUrl });
    profile.delete('displayname');
    profile.delete('avatar_url');
    this.#fields.set(userId, profile);
    const isShown = keyName === 'displayname' || keyName === 'avatar_url';
    if (isShown && user.isShadowBanned !== true) this.#propagate(userId);
    return 'changed';
  }

  async claimPropagation(): Promise<{ job: ProfilePropagation; claim: string } | undefined> {
    const job = [...this.jobs.values()].find(({ claim }) => claim === undefined);
    if (job === undefined) return undefined;
    const claim = `claim ${(this.#lastClaim += 1)}`;
    this.jobs.set(job.userId, { ...job, claim });
    return { job: shownOf(job), claim };
  }

  async advance(
    claim: string,
    { version, lastRoomId }: Pick<ProfilePropagation, 'version' | 'lastRoomId'>,
  ): Promise<ProfilePropagation | undefined> {
    const job = this.#claimed(claim);
    if (job === undefined) return undefined;
    const advanced = job.version === version ? { ...job, lastRoomId } : job;
    this.jobs.set(job.userId, advanced);
    return shownOf(advanced);
  }

  async finish(claim: string, version: number): Promise<boolean> {
    const job = this.#claimed(claim);
    return job?.version === version && this.jobs.delete(job.userId);
  }

  /** As if the time of all claims had run out. */
  expireClaims(): void {
    for (const job of this.jobs.values()) this.jobs.set(job.userId, { ...job, claim: undefined });
  }

  #claimed(claim: string): Job | undefined {
    return [...this.jobs.values()].find((job) => job.claim === claim);
  }

  #propagate(userId: string): void {
    const { version = this.#lastVersion, claim } = this.jobs.get(userId) ?? {};
    this.#lastVersion = Math.max(this.#lastVersion, version + 1);
    this.jobs.set(userId, { userId, version: version + 1, lastRoomId: '', claim });
  }
}

function shownOf({ userId, version, lastRoomId }: Job): ProfilePropagation {
  return { userId, version, lastRoomId };
}

function textIn(profile: ProfileFields, keyName: string): string | undefined {
  const value = profile.get(keyName);
  return typeof value === 'string' ? value : undefined;
}
