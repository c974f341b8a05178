import type { JsonObject } from '@plexus/matrix-base';
import type { UserRepository } from '@plexus/storage';

/** What a membership event shows of a user. */
export async function profileOf(users: Pick<UserRepository, 'findProfiles'>, userId: string): Promise<JsonObject> {
  const { displayName, avatarUrl } = (await users.findProfiles([userId])).get(userId) ?? {};
  return {
    ...(displayName !== undefined && { displayname: displayName }),
    ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
  };
}
