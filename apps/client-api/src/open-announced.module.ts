import type { Resources } from '@plexus/service-adapters';
import {
  PostgresAccountDeactivations,
  PostgresProfiles,
  PostgresRoomAliases,
  PostgresServerRemovals,
  PostgresUsers,
} from '@plexus/storage-postgres';
import { StoredAliases, StoredProfiles } from '@plexus/user-streams';
import { openAdminPorts } from './admin-ports.module.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import { announceAliases } from './directory/announce-aliases.ts';
import { announceProfiles } from './profiles/announce-profiles.ts';

/** The repositories through which profiles and aliases change, which announce that to the caches; and who reads through these. */
export function openAnnounced(
  resources: Resources,
): Pick<
  ClientApiPorts,
  'admin' | 'profiles' | 'users' | 'deactivations' | 'aliases' | 'removals' | 'storedProfiles' | 'storedAliases'
> {
  const { databases, hostedServers: servers } = resources;
  const { accounts } = databases;
  const admin = openAdminPorts(resources);
  const { profiles, users, userAdmin, deactivations } = announceProfiles(
    {
      profiles: new PostgresProfiles(accounts),
      users: new PostgresUsers(accounts),
      userAdmin: admin.users,
      deactivations: new PostgresAccountDeactivations(accounts),
    },
    resources.profiles,
  );
  const { aliases, roomAdmin, removals } = announceAliases(
    {
      aliases: new PostgresRoomAliases(accounts),
      roomAdmin: admin.rooms,
      removals: new PostgresServerRemovals(accounts),
    },
    resources.aliases,
  );
  return {
    admin: { ...admin, users: userAdmin, rooms: roomAdmin },
    profiles,
    users,
    deactivations,
    aliases,
    removals,
    storedProfiles: new StoredProfiles({ profiles, cache: resources.profiles, servers }),
    storedAliases: new StoredAliases(aliases, resources.aliases),
  };
}
