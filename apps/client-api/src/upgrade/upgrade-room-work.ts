import { serverNameOf } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { JobRun } from '../jobs/job-run.ts';
import type { UpgradeRoom } from './upgrade-room.ts';

/** Finishes an upgrade whose request did not come to its end. */
export async function upgradeRoomWork({ job }: JobRun, upgradeRoom: Pick<UpgradeRoom, 'resume'>): Promise<JsonObject> {
  const { jobId, target, requestedBy: userId, parameters } = job;
  const upgrader = { userId, deviceId: textOf(parameters['device_id']), serverName: serverNameOf(userId) };
  const { additional_creators: additional } = parameters;
  const request = {
    new_version: textOf(parameters['new_version']),
    additional_creators: Array.isArray(additional) ? additional.map(textOf) : [],
  };
  return { replacement_room: await upgradeRoom.resume(jobId, upgrader, target, request) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
