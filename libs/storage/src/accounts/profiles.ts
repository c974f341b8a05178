import type { JsonValue } from '@plexus/matrix-base';

/** What a user says of themselves (https://spec.matrix.org/v1.19/client-server-api/#profiles), by the names of the fields. */
export type ProfileFields = ReadonlyMap<string, JsonValue>;

/** Together with what is stored already a profile must stay below this many bytes. */
export const MAX_PROFILE_BYTES = 65_536;

export interface ProfileRepository {
  /** Nothing for a user who does not exist or is deactivated. */
  findProfile(userId: string): Promise<ProfileFields | undefined>;
  /** As `findProfile`, of several users, by their ids; those who do not exist or are deactivated are left out. */
  listProfiles(userIds: readonly string[]): Promise<Map<string, ProfileFields>>;
  /**
   * Sets a field, or removes it where there is no value. Where rooms show the field (`displayname` and `avatar_url`, whose values are texts), the
   * same transaction has the user's rooms told: see `ProfilePropagationRepository`.
   */
  changeProfile(
    userId: string,
    keyName: string,
    value: JsonValue | undefined,
  ): Promise<'changed' | 'too-large' | 'unknown-user'>;
}

/** A user's way through their rooms, so that each shows their newest display name and avatar. */
export interface ProfilePropagation {
  readonly userId: string;
  /** Raised with each change, also when the one before is done: no user has one twice. The way then begins again. */
  readonly version: number;
  /** The last room that is done. */
  readonly lastRoomId: string;
}

/** Jobs that tell rooms of changed profiles: any process takes one up where another has left it. */
export interface ProfilePropagationRepository {
  /** Takes the oldest job that no living process works on; the claim lasts so many milliseconds and is renewed by `advance`. */
  claimPropagation(claimMs: number): Promise<{ readonly job: ProfilePropagation; readonly claim: string } | undefined>;
  /** Records that rooms are done, unless the profile has changed since. Returns the job as it is now; nothing where another process has the claim. */
  advance(
    claim: string,
    done: Pick<ProfilePropagation, 'version' | 'lastRoomId'>,
    claimMs: number,
  ): Promise<ProfilePropagation | undefined>;
  /** Ends the job; false where the profile has changed since, or another process has the claim. */
  finish(claim: string, version: number): Promise<boolean>;
}
