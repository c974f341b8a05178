import { findServerName } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';
import { ALLOW, reject } from './auth-outcome.ts';
import type { AuthOutcome } from './auth-outcome.ts';

/** Rule 4 of versions 1 to 5: a server states its own aliases only (https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules). */
export function checkAliases(event: RoomEvent): AuthOutcome {
  // 4.1
  if (event.stateKey === undefined) return reject('aliases.state_key', 'The event has no state_key');
  // 4.2
  if (findServerName(event.sender) !== event.stateKey) {
    return reject('aliases.domain', "The state_key is not the sender's server");
  }
  // 4.3
  return ALLOW;
}
