import type { Provider, Type } from '@nestjs/common';
import type { ClientApiPorts } from './client-api-ports.ts';
import { BroadcastsController } from './in/admin/broadcasts.controller.ts';
import { ServerNoticesController } from './in/admin/server-notices.controller.ts';
import { ManageBroadcasts } from './notices/manage-broadcasts.ts';
import { SendServerNotice } from './notices/send-server-notice.ts';
import { provide } from './provide.ts';

/** The endpoints for administrators that are about what servers tell their users. */
export const NOTICES_CONTROLLERS: Type[] = [ServerNoticesController, BroadcastsController];

export function composeNotices(ports: ClientApiPorts): Provider[] {
  const { broadcasts } = ports.admin;
  return [provide(new SendServerNotice(ports)), provide(new ManageBroadcasts({ ...ports, broadcasts }))];
}
