import type { Clock, RandomSource } from '@plexus/matrix-base';
import type { PolicyAsker } from '@plexus/pdu-checks';
import type { Refused } from '@plexus/rpc';
import type { ReceivedOutcome } from '../pdus/received-outcome.ts';
import type { StateResolver } from '../pdus/state-resolver.ts';
import type { HostedServerKeys, HostedServers } from '@plexus/storage';

/** What executing a command reads besides the room. */
export interface CommandContext {
  readonly servers: HostedServers;
  readonly keys: HostedServerKeys;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly resolver: StateResolver;
  /** Nothing: no policy server is asked, and none is needed. */
  readonly policy: PolicyAsker | undefined;
}

/**
 * What an attempt came to. `stored`: the edit holds these events, to be committed. `unchanged`: the room is already as asked, by these
 * events. `received`: what the checks of another server's event came to. `incomplete`: something was missing; the edit says what.
 */
export type Execution =
  | { readonly outcome: 'stored'; readonly eventNids: readonly number[]; readonly eventIds: readonly string[] }
  | { readonly outcome: 'unchanged'; readonly eventIds: readonly string[] }
  | { readonly outcome: 'settled' }
  | { readonly outcome: 'received'; readonly received: Exclude<ReceivedOutcome, { outcome: 'incomplete' }> }
  | { readonly outcome: 'incomplete' }
  | Refusal;

export interface Refusal {
  readonly outcome: 'refused';
  readonly refused: Refused;
}

export const INCOMPLETE = { outcome: 'incomplete' } as const;

/** `rule` names the condition that refused, for metrics; `error` says it to a human. */
export function refuse(errcode: string, httpStatus: number, rule: string, error: string): Refusal {
  return { outcome: 'refused', refused: { errcode, httpStatus, error, rule } };
}

export function forbid(rule: string, error: string): Refusal {
  return refuse('M_FORBIDDEN', 403, rule, error);
}
