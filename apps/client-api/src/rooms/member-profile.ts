import type { JsonObject } from '@plexus/matrix-base';
import type { UserRepository } from '@plexus/storage';

/** What a membership event shows of a user: display name and avatar, where the user is one of ours and has them. */
export async function memberProfile(users: Pick<UserRepository, 'findProfiles'>, userId: string): Promise<JsonObject> {
  return (await memberProfiles(users, [userId])).get(userId) ?? {};
}

export async function memberProfiles(
  users: Pick<UserRepository, 'findProfiles'>,
  userIds: readonly string[],
): Promise<Map<string, JsonObject>> {
  const profiles = await users.findProfiles(userIds);
  return new Map(
    [...profiles].map(([userId, { displayName, avatarUrl }]) => [
      userId,
      {
        ...(displayName !== undefined && { displayname: displayName }),
        ...(avatarUrl !== undefined && { avatar_url: avatarUrl }),
      },
    ]),
  );
}
