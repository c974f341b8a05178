/** The limits that an operator can set, by their names in the configuration and the admin API: what each limits. */
export const LIMITS = {
  rc_message: 'message',
  rc_registration: 'registration',
  rc_registration_token_validity: 'registration-token',
  rc_3pid_validation: 'threepid-validation',
  rc_joins_per_room: 'join-into-room',
  rc_admin_redaction: 'admin-redaction',
  rc_room_creation: 'room-creation',
  rc_reports: 'report',
  rc_leaves: 'leave',
  rc_moderation: 'moderation',
  rc_typing: 'typing',
  rc_receipts: 'receipt',
  rc_to_device: 'to-device',
  rc_keys: 'keys',
  rc_room_keys: 'room-keys',
  rc_profile: 'profile',
  rc_account_data: 'account-data',
  rc_account_changes: 'account-change',
  rc_user_directory: 'user-directory',
  rc_search: 'search',
  rc_look_ups: 'look-up',
} as const;

/** Those that stand in groups. */
export const LIMIT_GROUPS = {
  rc_login: { address: 'login-by-address', account: 'login-by-account', failed_attempts: 'failed-login' },
  rc_joins: { local: 'join', remote: 'join-elsewhere' },
  rc_invites: { per_room: 'invite-into-room', per_user: 'invite-to-user', per_issuer: 'invite-by-user' },
  rc_presence: { per_user: 'presence' },
  rc_server: { messages: 'server-message', requests: 'server-request' },
  rc_tokens: { refresh: 'refresh', login: 'login-token', openid: 'openid-token' },
} as const;

type Groups = typeof LIMIT_GROUPS;
type GroupedAction = { [Group in keyof Groups]: Groups[Group][keyof Groups[Group]] }[keyof Groups];

/** What is limited, each with a bucket per key: a user, an address, a room. */
export type LimitedAction = (typeof LIMITS)[keyof typeof LIMITS] | GroupedAction;

/** What clients do by themselves, and often. */
const LIGHT_ACTIONS: readonly LimitedAction[] = [
  'typing',
  'receipt',
  'presence',
  'to-device',
  'keys',
  'room-keys',
  'account-data',
  'search',
  'look-up',
  'login-token',
  'openid-token',
];

/** Whether a user's own limits, which are made for messages, can only widen the limit of this. */
export function isLightAction(action: LimitedAction): boolean {
  return LIGHT_ACTIONS.includes(action);
}
