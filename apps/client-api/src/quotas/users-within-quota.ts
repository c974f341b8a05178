import { serverNameOf } from '@plexus/matrix-base';
import type { UserRepository } from '@plexus/storage';
import type { RequireQuota } from './require-quota.ts';

/** The accounts, of which no more can be made than their hosted server may have, whichever way they come. */
export function usersWithinQuota(
  users: UserRepository,
  requireQuota: Pick<RequireQuota, 'requireUser'>,
): UserRepository {
  return {
    async addUser(user) {
      if (user.registeredBy === undefined) await requireQuota.requireUser(serverNameOf(user.userId));
      return users.addUser(user);
    },
    async registerUser(registration) {
      if (registration.isUpgrade !== true && registration.registeredBy === undefined)
        await requireQuota.requireUser(serverNameOf(registration.userId));
      return users.registerUser(registration);
    },
    findUser: (userId) => users.findUser(userId),
    findProfiles: (userIds) => users.findProfiles(userIds),
    findErasedUsers: (userIds) => users.findErasedUsers(userIds),
    setPasswordHash: (userId, passwordHash) => users.setPasswordHash(userId, passwordHash),
    changePassword: (change) => users.changePassword(change),
    moderateUser: (userId, change) => users.moderateUser(userId, change),
    deactivateUser: (userId) => users.deactivateUser(userId),
    listUsers: (serverName, page) => users.listUsers(serverName, page),
    countUsers: (serverName) => users.countUsers(serverName),
    countOpenUsers: (serverName, most) => users.countOpenUsers(serverName, most),
  };
}
