import type { Provider, Type } from '@nestjs/common';
import { ManageDestinations } from './administration/manage-destinations.ts';
import { ManageLogLevels } from './administration/manage-log-levels.ts';
import { ManageAppserviceQueues } from './appservices/manage-appservice-queues.ts';
import { ListAuditLog } from './audit/list-audit-log.ts';
import { ManageCaches } from './caches/manage-caches.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import { ADMIN_ROOM_CONTROLLERS, roomJobKinds } from './compose-admin-rooms.ts';
import { ADMIN_USER_CONTROLLERS, userJobKinds } from './compose-admin-users.ts';
import { composeNotices, NOTICES_CONTROLLERS } from './compose-notices.ts';
import type { RetentionPolicy } from '@plexus/room-view';
import { AppserviceQueuesController } from './in/admin/appservice-queues.controller.ts';
import { AuditLogController } from './in/admin/audit-log.controller.ts';
import { CachesController } from './in/admin/caches.controller.ts';
import { DeadLettersController } from './in/admin/dead-letters.controller.ts';
import { GivenUpPdusController } from './in/admin/given-up-pdus.controller.ts';
import { DestinationsController } from './in/admin/destinations.controller.ts';
import { DeploymentController } from './in/admin/deployment.controller.ts';
import { JobsController } from './in/admin/jobs.controller.ts';
import { LogLevelsController } from './in/admin/log-levels.controller.ts';
import { RedactedCopiesController } from './in/admin/redacted-copies.controller.ts';
import { ServersController } from './in/admin/servers.controller.ts';
import { ServerUsageController } from './in/admin/server-usage.controller.ts';
import { SigningKeysController } from './in/admin/signing-keys.controller.ts';
import { ROOM_SIZES } from './in/tokens.ts';
import { ManageAdminJobs } from './jobs/manage-admin-jobs.ts';
import type { JobKinds } from './jobs/run-admin-jobs.ts';
import { provide } from './provide.ts';

/** All endpoints for administrators. */
export const ADMIN_CONTROLLERS: Type[] = [
  ServersController,
  SigningKeysController,
  CachesController,
  ServerUsageController,
  DeadLettersController,
  GivenUpPdusController,
  RedactedCopiesController,
  AuditLogController,
  JobsController,
  ...ADMIN_ROOM_CONTROLLERS,
  ...ADMIN_USER_CONTROLLERS,
  DeploymentController,
  DestinationsController,
  LogLevelsController,
  ...NOTICES_CONTROLLERS,
  AppserviceQueuesController,
];

/** Makes the use cases of administration. */
export function composeAdmin(ports: ClientApiPorts): Provider[] {
  const {
    appserviceQueues: states,
    audit,
    caches,
    destinations,
    sharedRooms,
    jobs,
    logLevels,
    roomSizes,
  } = ports.admin;
  const { registry, requests } = ports.appservices;
  return [
    provide(new ListAuditLog(audit)),
    provide(new ManageAdminJobs(jobs)),
    provide(new ManageCaches(caches)),
    provide(new ManageLogLevels(logLevels, ports.clock)),
    provide(new ManageAppserviceQueues({ registry, states, requests })),
    provide(new ManageDestinations({ destinations, sharedRooms, outgoing: ports.outgoing })),
    ...composeNotices(ports),
    { provide: ROOM_SIZES, useValue: roomSizes },
  ];
}

/** What each kind of job does. */
export function adminJobKinds(ports: ClientApiPorts, retention: RetentionPolicy): JobKinds {
  return { ...roomJobKinds(ports, retention), ...userJobKinds(ports) };
}
