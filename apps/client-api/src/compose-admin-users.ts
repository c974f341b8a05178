import type { Provider, Type } from '@nestjs/common';
import { StateReader } from '@plexus/room-view';
import { OwnMemberships } from './accounts/own-memberships.ts';
import { ChangeAccess } from './accounts/change-access.ts';
import { DeactivateAccount } from './accounts/deactivate-account.ts';
import type { OpenSession } from './accounts/open-session.ts';
import { AddDevice } from './administration/add-device.ts';
import { CountUserActs } from './administration/count-user-acts.ts';
import { DeactivateUser } from './administration/deactivate-user.ts';
import { eraseUserWork } from './administration/erase-user-work.ts';
import { exportUserWork } from './administration/export-user-work.ts';
import { FindAdministeredUser } from './administration/find-administered-user.ts';
import { ListUsers } from './administration/list-users.ts';
import { LogInAsUser } from './administration/log-in-as-user.ts';
import { ManageRateLimits } from './administration/manage-rate-limits.ts';
import { ModifyUser } from './administration/modify-user.ts';
import { ReadUser } from './administration/read-user.ts';
import { RedactUser, REDACT_USER } from './administration/redact-user.ts';
import { redactUserWork } from './administration/redact-user-work.ts';
import { SetThreepids } from './administration/set-threepids.ts';
import { ERASE_USER, EXPORT_USER, UserDataJobs } from './administration/user-data-jobs.ts';
import type { InteractiveAuth } from './authentication/interactive-auth.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import { RedactUserController } from './in/admin/redact-user.controller.ts';
import { UserDataController } from './in/admin/user-data.controller.ts';
import { UserDetailsController } from './in/admin/user-details.controller.ts';
import { UserDevicesController } from './in/admin/user-devices.controller.ts';
import { WhoIsController } from './in/admin/who-is.controller.ts';
import { AdminUsersController } from './in/admin/users.controller.ts';
import type { JobKinds } from './jobs/run-admin-jobs.ts';
import { provide } from './provide.ts';

/** The endpoints for administrators that are about users. */
export const ADMIN_USER_CONTROLLERS: Type[] = [
  AdminUsersController,
  UserDetailsController,
  UserDevicesController,
  RedactUserController,
  WhoIsController,
  UserDataController,
];

/** What accounts share with their administration. */
export interface AdminUserSteps {
  readonly changeAccess: ChangeAccess;
  readonly openSession: OpenSession;
  readonly interactiveAuth: InteractiveAuth;
}

/** Makes the use cases that are about users. */
export function composeAdminUsers(ports: ClientApiPorts, steps: AdminUserSteps): Provider[] {
  const { admin, servers, random } = ports;
  const { users: userAdmin, jobs } = admin;
  const findUser = new FindAdministeredUser(userAdmin, servers, ports.isNoticesUser);
  const deactivateAccount = new DeactivateAccount(ports.deactivations, steps.interactiveAuth, steps.changeAccess);
  const setThreepids = new SetThreepids(ports.threepids, ports.clock);
  const deactivate = new DeactivateUser(findUser, deactivateAccount);
  return [
    provide(findUser),
    provide(setThreepids),
    provide(deactivate),
    provide(new ListUsers(userAdmin)),
    provide(new ReadUser({ ...ports, userAdmin })),
    provide(new ModifyUser({ ...ports, userAdmin }, { ...steps, findUser, deactivate, setThreepids })),
    provide(new CountUserActs({ ...ports, history: admin.history })),
    provide(new ManageRateLimits(userAdmin)),
    provide(new AddDevice(ports.sessions)),
    provide(new LogInAsUser(findUser, steps.openSession, ports)),
    provide(new RedactUser(findUser, jobs, random)),
    provide(new UserDataJobs(findUser, { ...admin, random })),
  ];
}

/** What the jobs that are about users do. */
export function userJobKinds(ports: ClientApiPorts): JobKinds {
  const changeAccess = new ChangeAccess(ports.sessions, ports.tokens);
  const memberships = new OwnMemberships(ports.rooms, new StateReader(ports.rooms, ports.stateNodes));
  const { userData, exports, users: userAdmin } = ports.admin;
  return {
    [REDACT_USER]: (run) => redactUserWork(run, ports),
    [EXPORT_USER]: (run) => exportUserWork(run, { ...ports, userData, exports }),
    [ERASE_USER]: (run) => eraseUserWork(run, { ...ports, memberships, userData, userAdmin, exports, changeAccess }),
  };
}
