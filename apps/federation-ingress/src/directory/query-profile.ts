import { isUserId, MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { ProfileRepository } from '@plexus/storage';
import type { Parties } from '../authentication/parties.ts';

/** What a hosted user says of themselves (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1queryprofile). */
export class QueryProfile {
  readonly #profiles: Pick<ProfileRepository, 'findProfile'>;

  constructor(profiles: Pick<ProfileRepository, 'findProfile'>) {
    this.#profiles = profiles;
  }

  /** Throws `M_INVALID_PARAM` for what is no user id, 404 for a user that the addressed server does not have. */
  async execute({ destination }: Parties, userId: string, field: string | undefined): Promise<JsonObject> {
    if (!isUserId(userId)) throw new MatrixError('M_INVALID_PARAM', 400, '"user_id" is not a user id');
    const isOwn = serverNameOf(userId) === destination;
    const profile = isOwn ? await this.#profiles.findProfile(userId) : undefined;
    if (profile === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'User does not exist');
    const fields = Object.fromEntries(profile);
    if (field === undefined) return fields;
    const value = profile.get(field);
    return value === undefined ? {} : { [field]: value };
  }
}
