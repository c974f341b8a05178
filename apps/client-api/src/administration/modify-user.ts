import type { ModifyUserRequest } from '@plexus/matrix-api';
import { localpartOf, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type {
  AdminUser,
  AdminUserChange,
  Moderation,
  ProfileRepository,
  UserAdminRepository,
  UserRepository,
} from '@plexus/storage';
import type { ChangeAccess } from '../accounts/change-access.ts';
import { userIdOf, userInUse } from '../accounts/check-username.ts';
import type { PasswordHasher } from '../accounts/password-hasher.ts';
import type { SetThreepids } from './set-threepids.ts';
import type { FindAdministeredUser } from './find-administered-user.ts';
import type { WakeUp } from '../profiles/wake-up.ts';

export interface ModifyUserPorts {
  readonly users: UserRepository;
  readonly userAdmin: UserAdminRepository;
  readonly passwords: PasswordHasher;
  readonly profiles: Pick<ProfileRepository, 'changeProfile'>;
  /** Told when rooms are to show something else. */
  readonly profileChanges: Pick<WakeUp, 'wake'>;
}

/** Deactivates an account on an administrator's word. */
export interface Deactivation {
  execute(requester: Requester, userId: string, options: { readonly erase: boolean }): Promise<void>;
}

export interface ModifyUserSteps {
  readonly findUser: FindAdministeredUser;
  readonly changeAccess: ChangeAccess;
  readonly deactivate: Deactivation;
  readonly setThreepids: SetThreepids;
}

/** Makes and changes accounts on an administrator's word. */
export class ModifyUser {
  readonly #ports: ModifyUserPorts;
  readonly #steps: ModifyUserSteps;

  constructor(ports: ModifyUserPorts, steps: ModifyUserSteps) {
    this.#ports = ports;
    this.#steps = steps;
  }

  /** Returns the user as they are now, and whether they were made. */
  async execute(
    requester: Requester,
    userId: string,
    change: ModifyUserRequest,
  ): Promise<{ readonly user: AdminUser; readonly isNew: boolean }> {
    this.#steps.findUser.check(requester, userId);
    const existing = await this.#ports.userAdmin.findUser(userId);
    requireSensible(requester, { userId, existing }, change);
    this.#steps.findUser.requirePerson(userId);
    if (existing === undefined) await this.#create(userId, change.password);
    else {
      await this.#steps.findUser.toChange(requester, userId);
      await this.#changePassword(existing, change);
    }
    await this.#changeRest(requester, userId, change);
    return { user: await this.#steps.findUser.execute(requester, userId), isNew: existing === undefined };
  }

  async resetPassword(
    requester: Requester,
    userId: string,
    { password, logsOut }: { readonly password: string; readonly logsOut: boolean },
  ): Promise<void> {
    await this.#steps.findUser.toChange(requester, userId);
    await this.#setPassword(userId, password, logsOut);
  }

  async setAdmin(requester: Requester, userId: string, isAdmin: boolean): Promise<void> {
    const existing = await this.#steps.findUser.toChange(requester, userId);
    requireSensible(requester, { userId, existing }, { admin: isAdmin });
    await this.#change(userId, rolesOf(isAdmin));
  }

  /** Only for the deployment's administrators. */
  async setScope(requester: Requester, userId: string, scope: 'none' | 'server' | 'deployment'): Promise<void> {
    const existing = await this.#steps.findUser.toChange(requester, userId);
    requireSensible(requester, { userId, existing }, { admin: scope === 'deployment' });
    await this.#change(userId, { isAdmin: scope !== 'none', isDeploymentAdmin: scope === 'deployment' });
  }

  async moderate(requester: Requester, userId: string, change: Moderation): Promise<void> {
    await this.#steps.findUser.toChange(requester, userId);
    if (userId === requester.userId) {
      throw new MatrixError('M_UNKNOWN', 400, 'You cannot lock, suspend or ban your own account');
    }
    await this.#steps.changeAccess.execute({ userId }, async () => {
      return { gone: [], result: await this.#ports.users.moderateUser(userId, change) };
    });
  }

  async #create(userId: string, password: string | null | undefined): Promise<void> {
    userIdOf(localpartOf(userId), serverNameOf(userId));
    const { users, passwords } = this.#ports;
    const passwordHash = typeof password === 'string' ? await passwords.hash(password) : undefined;
    if (!(await users.addUser({ userId, passwordHash }))) throw userInUse();
  }

  /** A deactivated account that is opened again needs a password; a new password of an open one ends its sessions, unless told otherwise. */
  async #changePassword(existing: AdminUser, change: ModifyUserRequest): Promise<void> {
    const { userId, isDeactivated } = existing;
    const { password } = change;
    if (isDeactivated && change.deactivated === false) {
      const hash = await this.#ports.passwords.hash(password ?? '');
      return this.#ports.userAdmin.reactivateUser(userId, hash);
    }
    if (typeof password === 'string') await this.#setPassword(userId, password, change.logout_devices ?? true);
    return undefined;
  }

  async #setPassword(userId: string, password: string, logsOut: boolean): Promise<void> {
    const passwordHash = await this.#ports.passwords.hash(password);
    await this.#steps.changeAccess.execute({ userId }, async () => {
      const change = { userId, passwordHash, ...(logsOut && { logout: { exceptDeviceId: undefined } }) };
      return { gone: await this.#ports.users.changePassword(change), result: undefined };
    });
  }

  async #changeRest(requester: Requester, userId: string, change: ModifyUserRequest): Promise<void> {
    const { external_ids: externalIds, locked, admin } = change;
    if (externalIds !== undefined && externalIds !== null) {
      const ids = externalIds.map((id) => ({ authProvider: id.auth_provider, externalId: id.external_id }));
      if (!(await this.#ports.userAdmin.setExternalIds(userId, ids))) {
        throw new MatrixError('M_UNKNOWN', 409, 'External id is already in use.');
      }
    }
    const { threepids } = change;
    if (threepids !== undefined && threepids !== null) await this.#steps.setThreepids.execute(userId, threepids);
    await this.#change(userId, {
      ...(admin !== undefined && rolesOf(admin)),
      ...(change.user_type !== undefined && { userType: change.user_type }),
    });
    if (change.displayname !== undefined) await this.#changeProfile(userId, 'displayname', change.displayname);
    if (change.avatar_url !== undefined) await this.#changeProfile(userId, 'avatar_url', change.avatar_url);
    if (locked !== undefined) await this.moderate(requester, userId, { isLocked: locked });
    if (change.deactivated === true) await this.#steps.deactivate.execute(requester, userId, { erase: false });
  }

  /** As the user would: rooms and the user directory learn of it. Of a closed account only administrators see it. */
  async #changeProfile(userId: string, keyName: 'displayname' | 'avatar_url', value: string | null): Promise<void> {
    const { profiles, profileChanges } = this.#ports;
    const outcome = await profiles.changeProfile(userId, keyName, value ?? undefined);
    if (outcome === 'too-large') throw new MatrixError('M_PROFILE_TOO_LARGE', 400, 'The profile would be too large');
    if (outcome === 'changed') profileChanges.wake();
    else await this.#change(userId, keyName === 'displayname' ? { displayName: value } : { avatarUrl: value });
  }

  /** @NOTE What an access token opens is known to every replica at once. */
  async #change(userId: string, change: AdminUserChange): Promise<void> {
    if (Object.keys(change).length === 0) return;
    await this.#steps.changeAccess.execute({ userId }, async () => {
      return { gone: [], result: await this.#ports.userAdmin.changeUser(userId, change) };
    });
  }
}

/** Who is no administrator any more is none of the deployment either. */
function rolesOf(isAdmin: boolean): AdminUserChange {
  return isAdmin ? { isAdmin } : { isAdmin, isDeploymentAdmin: false };
}

function requireSensible(
  requester: Requester,
  { userId, existing }: { readonly userId: string; readonly existing: AdminUser | undefined },
  change: ModifyUserRequest,
): void {
  const isOwn = userId === requester.userId;
  if (isOwn && change.admin === false) throw new MatrixError('M_UNKNOWN', 400, 'You may not demote yourself.');
  if (isOwn && change.locked === true) throw new MatrixError('M_UNKNOWN', 400, 'You cannot lock your own account');
  if (change.deactivated === true && change.locked === true) {
    throw new MatrixError('M_UNKNOWN', 400, "An user can't be deactivated and locked");
  }
  const isReopened = existing?.isDeactivated === true && change.deactivated === false;
  if (isReopened && (change.password ?? '') === '') {
    throw new MatrixError('M_UNKNOWN', 400, 'Must provide a password to re-activate an account.');
  }
}
