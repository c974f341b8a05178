import type { Shell } from '@plexus/service-shell';
import type { ClientApiPorts } from '../client-api-ports.ts';
import { EnsureNoticesUsers } from './ensure-notices-users.ts';
import type { NoticesUserObserver } from './ensure-notices-users.ts';

/** Keeps the users who send notices in being until the service stops; does nothing where there are no notices. */
export function startNoticesUsers(
  { config, shutdown }: Shell,
  ports: ClientApiPorts,
  telemetry: NoticesUserObserver,
): void {
  if (config.server_notices.system_mxid_localpart === undefined) return;
  const ensure = new EnsureNoticesUsers({ ...ports, userAdmin: ports.admin.users }, config, telemetry);
  const stopping = new AbortController();
  const ended = ensure.runUntil(stopping.signal);
  shutdown.onStop('users who send notices', async () => {
    stopping.abort();
    await ended;
  });
}
