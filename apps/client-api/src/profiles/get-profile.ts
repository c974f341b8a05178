import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { ProfileFields, ProfileRepository } from '@plexus/storage';
import { requireUserId } from '../rooms/check-identifiers.ts';
import { requireFieldName } from './check-profile-field.ts';

/** Who may look profiles up. */
export interface LookUpRules {
  readonly requiresUser: boolean;
  readonly requiresSharedRoom: boolean;
}

/** Decides whether somebody is visible to somebody else by their rooms. */
export interface VisibleUsers {
  isVisibleTo(requester: Requester, userId: string): Promise<boolean>;
}

/** Looks up what users say of themselves (https://spec.matrix.org/v1.19/client-server-api/#profiles). */
export class GetProfile {
  readonly #profiles: Pick<ProfileRepository, 'findProfile'>;
  readonly #visibleUsers: VisibleUsers;
  readonly rules: LookUpRules;

  constructor(profiles: Pick<ProfileRepository, 'findProfile'>, visibleUsers: VisibleUsers, rules: LookUpRules) {
    this.#profiles = profiles;
    this.#visibleUsers = visibleUsers;
    this.rules = rules;
  }

  async all(requester: Requester | undefined, userId: string): Promise<JsonObject> {
    return Object.fromEntries(await this.#find(requester, userId));
  }

  /** Throws 404 `M_NOT_FOUND` where the profile has no such field. */
  async field(requester: Requester | undefined, userId: string, keyName: string): Promise<JsonObject> {
    requireFieldName(keyName);
    const value = (await this.#find(requester, userId)).get(keyName);
    if (value === undefined) throw notFound();
    return { [keyName]: value };
  }

  /** @NOTE Where look-up is limited, a user who does not exist is answered as one who is not visible. */
  async #find(requester: Requester | undefined, userId: string): Promise<ProfileFields> {
    requireUserId(userId);
    if (this.rules.requiresSharedRoom && requester?.userId !== userId) {
      if (requester === undefined || !(await this.#visibleUsers.isVisibleTo(requester, userId))) {
        throw new MatrixError('M_FORBIDDEN', 403, 'You may look up only profiles of users who share a room with you');
      }
    }
    const profile = await this.#profiles.findProfile(userId);
    if (profile === undefined) throw notFound();
    return profile;
  }
}

function notFound(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'Profile not found');
}
