import { MatrixError } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { ProfileRepository } from '@plexus/storage';
import { requireUserId } from '../rooms/check-identifiers.ts';
import { checkFieldValue, requireFieldName } from './check-profile-field.ts';
import type { WakeUp } from './wake-up.ts';

export interface ChangeProfilePorts {
  readonly profiles: Pick<ProfileRepository, 'changeProfile'>;
  /** Told when rooms are to show something else. */
  readonly profileChanges: WakeUp;
}

/** Which fields users may change, by the configuration. */
export interface ProfileRules {
  readonly disallowed: readonly string[];
}

export interface ProfileField {
  readonly userId: string;
  readonly keyName: string;
}

const SHOWN = new Set(['displayname', 'avatar_url']);

/**
 * Changes a user's profile (https://spec.matrix.org/v1.19/client-server-api/#profiles). The rooms that show it learn of it afterwards, in
 * the background.
 */
export class ChangeProfile {
  readonly #ports: ChangeProfilePorts;
  readonly rules: ProfileRules;

  constructor(ports: ChangeProfilePorts, rules: ProfileRules) {
    this.#ports = ports;
    this.rules = rules;
  }

  /** Throws `M_MISSING_PARAM` where the body has no such field, and what the field's value lacks. */
  async set(requester: Requester, field: ProfileField, body: Readonly<Record<string, JsonValue>>): Promise<void> {
    this.#requireChangeable(requester, field);
    const value = Object.hasOwn(body, field.keyName) ? body[field.keyName] : undefined;
    if (value === undefined) throw new MatrixError('M_MISSING_PARAM', 400, `"${field.keyName}" is required`);
    await this.#change(field, checkFieldValue(field.keyName, value));
  }

  /** A field that is not there may be removed too. */
  async remove(requester: Requester, field: ProfileField): Promise<void> {
    this.#requireChangeable(requester, field);
    await this.#change(field, undefined);
  }

  /** Oneself only; guests their name. */
  #requireChangeable(requester: Requester, { userId, keyName }: ProfileField): void {
    requireUserId(userId);
    requireFieldName(keyName);
    if (userId !== requester.userId) throw forbidden('Only your own profile can be changed');
    if (requester.isGuest && keyName !== 'displayname') {
      throw new MatrixError('M_GUEST_ACCESS_FORBIDDEN', 403, 'Guests can change their display name only');
    }
    if (this.rules.disallowed.includes(keyName)) throw forbidden(`"${keyName}" cannot be changed on this server`);
  }

  async #change({ userId, keyName }: ProfileField, value: JsonValue | undefined): Promise<void> {
    const outcome = await this.#ports.profiles.changeProfile(userId, keyName, value);
    if (outcome === 'too-large') throw new MatrixError('M_PROFILE_TOO_LARGE', 400, 'The profile would be too large');
    if (outcome === 'unknown-user') throw new MatrixError('M_NOT_FOUND', 404, 'Profile not found');
    if (SHOWN.has(keyName)) this.#ports.profileChanges.wake();
  }
}

function forbidden(because: string): MatrixError {
  return new MatrixError('M_FORBIDDEN', 403, because);
}
