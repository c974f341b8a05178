/**
 * The authorization rules by name. Names are stable: metrics and tests use them. A name ends where the specification states one
 * condition; several versions share it where they share the condition.
 */
export type AuthRule =
  | 'create.prev_events'
  | 'create.room_id_domain'
  | 'create.room_id_present'
  | 'create.room_version'
  | 'create.creator'
  | 'create.additional_creators'
  | 'create.missing'
  | 'room_id.not_a_create_event'
  | 'auth_events.duplicate'
  | 'auth_events.unexpected'
  | 'auth_events.rejected'
  | 'auth_events.no_create'
  | 'auth_events.other_room'
  | 'federate'
  | 'aliases.state_key'
  | 'aliases.domain'
  | 'member.state_key'
  | 'member.membership'
  | 'member.unknown'
  | 'member.join.sender'
  | 'member.join.banned'
  | 'member.join.not_invited'
  | 'member.join.restricted'
  | 'member.join.join_rule'
  | 'member.invite.third_party.banned'
  | 'member.invite.third_party.signed'
  | 'member.invite.third_party.mxid_and_token'
  | 'member.invite.third_party.mxid'
  | 'member.invite.third_party.token'
  | 'member.invite.third_party.sender'
  | 'member.invite.third_party.signature'
  | 'member.invite.sender_not_joined'
  | 'member.invite.target'
  | 'member.invite.power'
  | 'member.leave.membership'
  | 'member.leave.sender_not_joined'
  | 'member.leave.ban_power'
  | 'member.leave.power'
  | 'member.ban.sender_not_joined'
  | 'member.ban.power'
  | 'member.knock.join_rule'
  | 'member.knock.sender'
  | 'member.knock.membership'
  | 'sender.not_joined'
  | 'third_party_invite.power'
  | 'event.power'
  | 'state_key.other_user'
  | 'power_levels.levels'
  | 'power_levels.events'
  | 'power_levels.users'
  | 'power_levels.creators'
  | 'power_levels.current_level'
  | 'power_levels.new_level'
  | 'power_levels.current_event_level'
  | 'power_levels.new_event_level'
  | 'power_levels.current_user_level'
  | 'power_levels.new_user_level'
  | 'redaction.power';

export interface AuthAllow {
  readonly outcome: 'allow';
}

/** The event must not take effect. `rule` names the condition, `because` says it in words. */
export interface AuthReject {
  readonly outcome: 'reject';
  readonly rule: AuthRule;
  readonly because: string;
}

/** What the rules say about an event, given everything that they need. */
export type AuthOutcome = AuthAllow | AuthReject;

/** The rules cannot decide before the caller has these events. It leads to fetching, never to rejecting. */
export interface MissingEvents {
  readonly outcome: 'missing';
  readonly eventIds: readonly string[];
}

export const ALLOW: AuthAllow = { outcome: 'allow' };

export function reject(rule: AuthRule, because: string): AuthReject {
  return { outcome: 'reject', rule, because };
}
