import type { RemoteRefusal } from '@plexus/remote-servers';

/** A refusal of ours. */
export function refuse(errcode: string, httpStatus: number, error: string): RemoteRefusal {
  return { outcome: 'refused', errcode, httpStatus, error };
}
