import type { RoomEvent } from '../pdu/pdu.ts';
import { ALLOW, reject } from './auth-outcome.ts';
import type { AuthOutcome } from './auth-outcome.ts';
import type { AuthState } from './auth-state.ts';
import { isOfSameServer } from './auth-state.ts';
import { powerLevelOf, requiredActionLevel } from './power-levels.ts';

/** Rule 11 of versions 1 and 2: who may send a redaction (https://spec.matrix.org/v1.19/rooms/v1/#authorisation-rules). */
export function checkRedaction(event: RoomEvent, state: AuthState): AuthOutcome {
  // 11.1
  if (hasRedactLevel(event.sender, state)) return ALLOW;
  // 11.2
  if (event.redacts !== undefined && isOfSameServer(event.redacts, event.eventId)) return ALLOW;
  // 11.3
  return reject('redaction.power', 'The sender may redact only events of their own server');
}

/**
 * Decides whether a redaction takes effect on its event, once both are accepted
 * (https://spec.matrix.org/v1.19/rooms/v3/#handling-redactions). In versions 1 and 2 its authorization has decided that already. `state`
 * is the room state at the redaction. A redaction that has no effect is not shown to clients.
 */
export function canRedact(redaction: RoomEvent, redacted: RoomEvent, state: AuthState): boolean {
  if (redaction.redacts !== redacted.eventId || redaction.roomId !== redacted.roomId) return false;
  if (redaction.rules.redactionAuthorizedByRules) return checkRedaction(redaction, state).outcome === 'allow';
  return hasRedactLevel(redaction.sender, state) || isOfSameServer(redaction.sender, redacted.sender);
}

function hasRedactLevel(userId: string, state: AuthState): boolean {
  return powerLevelOf(userId, state) >= requiredActionLevel('redact', state);
}
