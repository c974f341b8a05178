import type { RoomCommandRequest, RoomWriter } from '@plexus/rpc';

/**
 * Has a room do a command of a job in the background. A room whose rules refuse does so for good; one that cannot be reached throws, and so stops the
 * job until later.
 */
export async function executeForJob(writer: RoomWriter, request: RoomCommandRequest): Promise<'stored' | 'refused'> {
  const { $case: outcome } = await writer.execute(request);
  if (outcome === 'stored' || outcome === 'refused') return outcome;
  throw new Error(`${request.roomId} cannot be reached at the moment: ${outcome}`);
}
