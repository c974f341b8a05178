import type { PlexusConfig } from '@plexus/service-shell';
import type { Protections } from './persister-ports.ts';

/** The sections of the configuration that this app reads. */
export type EventPersisterConfig = Pick<PlexusConfig, 'laboratory' | 'search' | 'shutdown'>;

/** What keeps the owner right; a laboratory may switch parts of it off. */
export function protectionsOf({ laboratory }: EventPersisterConfig): Protections {
  const off = new Set(laboratory.disabled_protections);
  return { epoch: !off.has('epoch'), commandIds: !off.has('command_ids'), inboundOffsets: !off.has('offsets') };
}
