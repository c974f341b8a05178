import { localpartOf } from '@plexus/matrix-base';
import type { PlexusConfig } from '../config/plexus-config.ts';

type NoticesConfig = Pick<PlexusConfig, 'server_notices'>;

/** The user who sends the notices of a hosted server; nothing where there are none in this deployment. */
export function noticesUserOf({ server_notices: notices }: NoticesConfig, serverName: string): string | undefined {
  const { system_mxid_localpart: localpart } = notices;
  return localpart === undefined ? undefined : `@${localpart}:${serverName}`;
}

/** Whether this hosted user is the one who sends their server's notices: nobody logs in as them, and nobody else changes them. */
export function isNoticesUser({ server_notices: notices }: NoticesConfig, userId: string): boolean {
  const { system_mxid_localpart: localpart } = notices;
  return localpart !== undefined && localpartOf(userId) === localpart;
}
