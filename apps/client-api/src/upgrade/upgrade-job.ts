import type { UpgradeRequest } from '@plexus/matrix-api';
import type { NewAdminJob } from '@plexus/storage';
import type { Upgrader } from './upgrade.ts';

/** The kind of the jobs that finish upgrades of rooms. */
export const UPGRADE_ROOM = 'upgrade_room';

/** What a job has to know to finish an upgrade. */
export function upgradeParameters(
  { userId, deviceId, serverName }: Upgrader,
  { new_version: newVersion, additional_creators: additional = [] }: UpgradeRequest,
): Pick<NewAdminJob, 'serverName' | 'requestedBy' | 'parameters'> {
  const parameters = { device_id: deviceId, new_version: newVersion, additional_creators: [...additional] };
  return { serverName, requestedBy: userId, parameters };
}
