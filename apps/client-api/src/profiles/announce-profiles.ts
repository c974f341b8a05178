import type { Caches, NamedCache } from '@plexus/cache';
import type {
  AccountDeactivationRepository,
  ProfileFields,
  ProfileRepository,
  UserAdminRepository,
  UserRepository,
} from '@plexus/storage';
import { profileCodec } from '@plexus/user-streams';
import { instead } from '../instead.ts';

/** Whoever changes what a profile shows, be it that the account is closed. */
export interface ProfileWriters {
  readonly profiles: ProfileRepository;
  readonly users: UserRepository;
  readonly userAdmin: UserAdminRepository;
  readonly deactivations: AccountDeactivationRepository;
}

/**
 * The repositories that change profiles, which announce each change to the cache `profiles`. An account that is made, or opened again, was held by no
 * cache; rows of a user that a removal or an erasure takes away are of an account that is closed.
 */
export function announceProfiles(writers: ProfileWriters, cache: NamedCache<ProfileFields>): ProfileWriters {
  const { profiles, users, userAdmin, deactivations } = writers;
  return {
    profiles: instead(profiles, {
      changeProfile: (userId, ...field) => cache.change([userId], () => profiles.changeProfile(userId, ...field)),
    }),
    users: instead(users, {
      deactivateUser: (userId) => cache.change([userId], () => users.deactivateUser(userId)),
    }),
    userAdmin: instead(userAdmin, {
      changeUser: (userId, change) => cache.change([userId], () => userAdmin.changeUser(userId, change)),
    }),
    deactivations: announceDeactivations(deactivations, cache),
  };
}

/** As `announceProfiles`, for who does nothing but close accounts. */
export function announceDeactivations(
  deactivations: AccountDeactivationRepository,
  cache: NamedCache<ProfileFields>,
): AccountDeactivationRepository {
  return instead(deactivations, {
    startDeactivation: (deactivation) =>
      cache.change([deactivation.userId], () => deactivations.startDeactivation(deactivation)),
  });
}

/** The cache `profiles`, for a command that has no other use of it than to announce changes. */
export function openProfileCache(caches: Pick<Caches, 'open'>): NamedCache<ProfileFields> {
  return caches.open<ProfileFields>({ name: 'profiles', kind: 'mutable', codec: profileCodec });
}
