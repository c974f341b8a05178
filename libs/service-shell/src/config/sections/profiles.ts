import { flag, group, integer } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const profiles = group('What users may say of themselves, and who may look it up.', {
  enable_set_displayname: flag('Whether users may change their display name.', { default: true }),
  enable_set_avatar_url: flag('Whether users may change their avatar.', { default: true }),
  require_auth_for_profile_requests: flag('Whether only users may look profiles up.', { default: false }),
  limit_profile_requests_to_users_who_share_rooms: flag(
    'Whether a profile is shown only to users who share a room with its owner, or where its owner is in a room that anybody may join or read.',
    { default: false },
  ),
  propagation_rooms_per_second: integer('To how many rooms per second each process carries changed profiles.', {
    default: 50,
    minimum: 1,
  }),
});

export const userDirectory = group('The search for users.', {
  enabled: flag('Whether users may search for users.', { default: true }),
  search_all_users: flag(
    'Whether all users of a server find each other; else only those who share a room or are in a room that anybody may join or read.',
    { default: false },
  ),
});

export const roomDirectory = group('The directories of published rooms, one for each hosted server.', {
  allow_public_rooms_without_auth: flag('Whether anybody may list the published rooms, without an account too.', {
    default: true,
  }),
  allow_public_rooms_over_federation: flag('Whether users of other servers may list the published rooms.', {
    default: true,
  }),
});

export type ProfileSettings = Configured<typeof profiles>;
export type UserDirectorySettings = Configured<typeof userDirectory>;
