import type { EventStatus } from '@plexus/storage';

/**
 * What became of a PDU. `parked`: it waits for these events. `dropped`: it is not stored and will not be; a later copy is processed
 * afresh. `rule` names the check that rejected or soft-failed it.
 */
export type ReceivedOutcome =
  | { readonly outcome: 'stored'; readonly status: EventStatus; readonly rule: string | undefined }
  | { readonly outcome: 'duplicate'; readonly status: EventStatus }
  | { readonly outcome: 'parked'; readonly missingEventIds: readonly string[] }
  | { readonly outcome: 'dropped'; readonly because: string }
  | { readonly outcome: 'incomplete' };
