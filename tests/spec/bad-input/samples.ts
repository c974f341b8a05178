import type { Json } from '../../support/matrix-client.ts';
import { ADMIN_SAMPLES } from './admin-samples.ts';

/** What a good request to each endpoint with a body or a query holds; the generator spoils it. The keys are the registered routes. */
export interface Sample {
  readonly body?: Json;
  readonly query?: Readonly<Record<string, string>>;
}

const IN_ROOM = '/_matrix/client/v3/rooms/:roomId';
const V1_IN_ROOM = '/_matrix/client/v1/rooms/:roomId';
const RELATIONS = { query: { dir: 'b', from: 't', to: 't', limit: '5', recurse: 'true' } };
const SERVERS = '/_plexus/admin/v1/servers';
const ROOM_KEYS = '/_matrix/client/v3/room_keys/keys';
const BACKUP = { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: { public_key: 'k' } };
const BACKED_UP_KEY = { first_message_index: 1, forwarded_count: 0, is_verified: true, session_data: { mac: 'm' } };
const DEHYDRATED = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device';
const DEVICE_KEYS = {
  user_id: '@alice:localhost',
  device_id: 'D',
  algorithms: ['m.olm.v1.curve25519-aes-sha2'],
  keys: { 'ed25519:D': 'AAAA' },
  signatures: { '@alice:localhost': { 'ed25519:D': 'AAAA' } },
};
const SIGNING_KEY = { user_id: '@alice:localhost', usage: ['master'], keys: { 'ed25519:K': 'K' } };
const REASON = { body: { reason: 'because' } };
const PASSWORD_AUTH = {
  type: 'm.login.password',
  session: 's',
  identifier: { type: 'm.id.user', user: 'alice' },
  password: 'wrong',
};
const EMAIL_TOKEN = {
  body: { client_secret: 's', email: 'a@b.test', send_attempt: 1, next_link: 'https://a.test/' },
};
const IDENTITY_CREDENTIALS = { client_secret: 's', sid: 'x', id_server: 'a.test', id_access_token: 't' };
const TARGET = { body: { user_id: '@bob:localhost', reason: 'because' } };

export const SAMPLES: Readonly<Record<string, Sample>> = {
  ...ADMIN_SAMPLES,
  'GET /_matrix/consent': { query: { u: 'alice', h: '0', v: '1', p: 'terms', l: 'en' } },
  'POST /_matrix/consent': { query: { u: 'alice', h: '0', v: '1', p: 'terms', l: 'en' }, body: { u: 'alice', v: '1' } },
  'GET /_matrix/client/versions': {},
  'GET /.well-known/matrix/client': {},
  'GET /.well-known/matrix/server': {},
  'GET /.well-known/matrix/support': {},
  'GET /.well-known/matrix/policy_server': {},
  'POST /_matrix/client/v3/register': {
    body: {
      username: 'spoiled',
      password: 'p',
      device_id: 'D',
      initial_device_display_name: 'n',
      inhibit_login: true,
      refresh_token: false,
      auth: { type: 'm.login.dummy', session: 's' },
    },
    query: { kind: 'user' },
  },
  'GET /_matrix/client/v3/register/available': { query: { username: 'free' } },
  'GET /_matrix/client/v3/login': {},
  'POST /_matrix/client/v3/login': {
    body: {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'alice' },
      password: 'wrong',
      device_id: 'D',
      initial_device_display_name: 'n',
    },
  },
  'POST /_matrix/client/v3/logout': {},
  'POST /_matrix/client/v3/logout/all': {},
  'GET /_matrix/client/v3/account/whoami': {},
  'POST /_matrix/client/v3/refresh': { body: { refresh_token: 't' } },
  'POST /_matrix/client/v1/login/get_token': { body: { auth: PASSWORD_AUTH } },
  'POST /_matrix/client/v3/account/password': {
    body: { new_password: 'new', logout_devices: false, auth: PASSWORD_AUTH },
  },
  'POST /_matrix/client/v3/account/deactivate': { body: { erase: false, auth: PASSWORD_AUTH } },
  'POST /_matrix/client/v3/user/:userId/openid/request_token': {},
  'GET /_matrix/client/v3/account/3pid': {},
  'POST /_matrix/client/v3/account/3pid': { body: { three_pid_creds: IDENTITY_CREDENTIALS } },
  'POST /_matrix/client/v3/account/3pid/bind': { body: IDENTITY_CREDENTIALS },
  'POST /_matrix/client/v3/account/3pid/unbind': { body: { medium: 'email', address: 'a@b.test' } },
  'POST /_matrix/client/v3/account/3pid/add': { body: { client_secret: 's', sid: 'x', auth: PASSWORD_AUTH } },
  'POST /_matrix/client/v3/account/3pid/delete': { body: { medium: 'email', address: 'a@b.test' } },
  'POST /_matrix/client/v3/register/email/requestToken': EMAIL_TOKEN,
  'POST /_matrix/client/v3/account/password/email/requestToken': EMAIL_TOKEN,
  'POST /_matrix/client/v3/account/3pid/email/requestToken': EMAIL_TOKEN,
  'POST /_matrix/client/v3/register/msisdn/requestToken': { body: { country: 'GB' } },
  'POST /_matrix/client/v3/account/password/msisdn/requestToken': { body: { country: 'GB' } },
  'POST /_matrix/client/v3/account/3pid/msisdn/requestToken': { body: { country: 'GB' } },
  'GET /_plexus/client/v1/email/submit_token': { query: { sid: 's', token: 't' } },
  'POST /_plexus/client/v1/email/submit_token': { query: { sid: 's', token: 't' } },
  'GET /_matrix/client/v3/voip/turnServer': {},
  'GET /_matrix/client/v3/auth/:authType/fallback/web': { query: { session: 's' } },
  'POST /_matrix/client/v3/auth/:authType/fallback/web': { body: { token: 't' }, query: { session: 's' } },
  'GET /_matrix/static/client/login': {},
  'GET /_matrix/client/v1/register/m.login.registration_token/validity': { query: { token: 't' } },
  'GET /_synapse/admin/v1/registration_tokens': { query: { valid: 'true' } },
  'POST /_synapse/admin/v1/registration_tokens/new': {
    body: { token: 'spoiled', length: 8, uses_allowed: 1, expiry_time: 4_102_444_800_000 },
  },
  'GET /_synapse/admin/v1/registration_tokens/:token': {},
  'PUT /_synapse/admin/v1/registration_tokens/:token': { body: { uses_allowed: 1, expiry_time: 4_102_444_800_000 } },
  'DELETE /_synapse/admin/v1/registration_tokens/:token': {},
  'GET /_synapse/admin/v1/register': {},
  'POST /_synapse/admin/v1/register': {
    body: { nonce: 'n', username: 'spoiled', password: 'p', mac: 'ab', admin: true, displayname: 'd', user_type: 'u' },
  },
  'GET /_matrix/client/v3/devices': {},
  'GET /_matrix/client/v3/devices/:deviceId': {},
  'PUT /_matrix/client/v3/devices/:deviceId': { body: { display_name: 'n' } },
  'DELETE /_matrix/client/v3/devices/:deviceId': { body: { auth: PASSWORD_AUTH } },
  'POST /_matrix/client/v3/delete_devices': { body: { devices: ['D'], auth: PASSWORD_AUTH } },
  'GET /_matrix/client/v1/admin/suspend/:userId': {},
  'PUT /_matrix/client/v1/admin/suspend/:userId': { body: { suspended: false } },
  'GET /_matrix/client/v1/admin/lock/:userId': {},
  'PUT /_matrix/client/v1/admin/lock/:userId': { body: { locked: false } },
  'GET /_matrix/client/v3/capabilities': {},
  'GET /_matrix/client/v3/pushrules': {},
  'GET /_matrix/client/v3/pushrules/global': {},
  'GET /_matrix/client/v3/pushrules/global/:kind/:ruleId': {},
  'PUT /_matrix/client/v3/pushrules/global/:kind/:ruleId': {
    body: { actions: ['notify'], pattern: 'tea', conditions: [{ kind: 'event_match', key: 'type', pattern: 'm.x' }] },
    query: { before: 'other' },
  },
  'DELETE /_matrix/client/v3/pushrules/global/:kind/:ruleId': {},
  'GET /_matrix/client/v3/pushrules/global/:kind/:ruleId/enabled': {},
  'PUT /_matrix/client/v3/pushrules/global/:kind/:ruleId/enabled': { body: { enabled: true } },
  'GET /_matrix/client/v3/pushrules/global/:kind/:ruleId/actions': {},
  'PUT /_matrix/client/v3/pushrules/global/:kind/:ruleId/actions': { body: { actions: ['notify'] } },
  'POST /_matrix/client/v3/createRoom': {
    body: {
      visibility: 'private',
      room_alias_name: 'spoiled',
      name: 'n',
      topic: 't',
      invite: ['@bob:localhost'],
      room_version: '12',
      creation_content: { 'm.federate': true, additional_creators: ['@bob:localhost'] },
      initial_state: [{ type: 'm.room.encryption', state_key: '', content: { algorithm: 'a' } }],
      preset: 'private_chat',
      is_direct: true,
      power_level_content_override: { users_default: 0, events: { 'm.room.name': 50 } },
    },
  },
  'POST /_matrix/client/v3/join/:roomIdOrAlias': { ...REASON, query: { via: 'localhost', server_name: 'localhost' } },
  [`POST ${IN_ROOM}/join`]: REASON,
  'GET /_matrix/client/v3/joined_rooms': {},
  'POST /_matrix/client/v3/user/:userId/filter': {
    body: {
      event_fields: ['type'],
      event_format: 'client',
      presence: { not_types: ['*'] },
      account_data: { limit: 1 },
      room: {
        rooms: ['!a'],
        include_leave: true,
        timeline: { limit: 3, types: ['m.*'], lazy_load_members: true, contains_url: false },
        state: { not_senders: ['@x:y'], unread_thread_notifications: true },
      },
    },
  },
  'GET /_matrix/client/v3/user/:userId/filter/:filterId': {},
  'PUT /_matrix/client/v3/sendToDevice/:type/:transactionId': {
    body: { messages: { '@bob:localhost': { '*': { a: 'b' }, DEVICE: { a: 'b' } } } },
  },
  'GET /_matrix/client/v3/user/:userId/account_data/:type': {},
  'PUT /_matrix/client/v3/user/:userId/account_data/:type': { body: { a: 'b' } },
  'GET /_matrix/client/v3/user/:userId/rooms/:roomId/account_data/:type': {},
  'PUT /_matrix/client/v3/user/:userId/rooms/:roomId/account_data/:type': { body: { a: 'b' } },
  'GET /_matrix/client/v3/user/:userId/rooms/:roomId/tags': {},
  'PUT /_matrix/client/v3/user/:userId/rooms/:roomId/tags/:tag': { body: { order: 0.5 } },
  'DELETE /_matrix/client/v3/user/:userId/rooms/:roomId/tags/:tag': {},
  [`PUT ${IN_ROOM}/send/:type/:transactionId`]: { body: { msgtype: 'm.text', body: 'hello' } },
  [`PUT ${IN_ROOM}/redact/:eventId/:transactionId`]: REASON,
  [`GET ${IN_ROOM}/state`]: {},
  [`GET ${IN_ROOM}/state/:type`]: { query: { format: 'event' } },
  [`GET ${IN_ROOM}/state/:type/:stateKey`]: { query: { format: 'content' } },
  [`PUT ${IN_ROOM}/state/:type`]: {
    body: { topic: 'hello', users: { '@bob:localhost': 50 }, membership: 'join' },
  },
  [`PUT ${IN_ROOM}/state/:type/:stateKey`]: { body: { membership: 'invite', displayname: 'n' } },
  [`POST ${IN_ROOM}/invite`]: TARGET,
  [`POST ${IN_ROOM}/leave`]: REASON,
  [`POST ${IN_ROOM}/kick`]: TARGET,
  [`POST ${IN_ROOM}/ban`]: TARGET,
  [`POST ${IN_ROOM}/unban`]: TARGET,
  [`POST ${IN_ROOM}/forget`]: {},
  'POST /_matrix/client/v3/knock/:roomIdOrAlias': { ...REASON, query: { via: 'localhost', server_name: 'localhost' } },
  'GET /_matrix/client/v3/directory/room/:roomAlias': {},
  'PUT /_matrix/client/v3/directory/room/:roomAlias': { body: { room_id: '!a:localhost' } },
  'DELETE /_matrix/client/v3/directory/room/:roomAlias': {},
  [`GET ${IN_ROOM}/aliases`]: {},
  'GET /_matrix/client/v3/profile/:userId': {},
  'GET /_matrix/client/v3/profile/:userId/:keyName': {},
  'PUT /_matrix/client/v3/profile/:userId/:keyName': { body: { 'org.example.field': { a: [1] } } },
  'DELETE /_matrix/client/v3/profile/:userId/:keyName': {},
  'GET /_matrix/client/v3/directory/list/room/:roomId': {},
  'PUT /_matrix/client/v3/directory/list/room/:roomId': { body: { visibility: 'private' } },
  'GET /_matrix/client/v3/publicRooms': { query: { limit: '5', since: 'n1_IWE', server: 'localhost' } },
  'POST /_matrix/client/v3/publicRooms': {
    body: { limit: 5, since: 'n1_IWE', filter: { generic_search_term: 'tea', room_types: [null, 'm.space'] } },
    query: { server: 'localhost' },
  },
  'GET /_matrix/client/v1/room_summary/:roomIdOrAlias': { query: { via: 'localhost', server_name: 'localhost' } },
  'GET /_matrix/client/v1/rooms/:roomId/hierarchy': {
    query: { suggested_only: 'false', limit: '5', max_depth: '2', from: 't' },
  },
  'POST /_matrix/client/v3/user_directory/search': { body: { search_term: 'bob', limit: 5 } },
  'GET /_matrix/client/v1/mutual_rooms': { query: { user_id: '@bob:localhost', from: 't' } },
  [`POST ${IN_ROOM}/upgrade`]: { body: { new_version: '11', additional_creators: ['@bob:localhost'] } },
  [`POST ${IN_ROOM}/report`]: REASON,
  [`POST ${IN_ROOM}/report/:eventId`]: { body: { reason: 'because', score: -50 } },
  'POST /_matrix/client/v3/users/:userId/report': REASON,
  [`GET ${IN_ROOM}/event/:eventId`]: {},
  [`GET ${IN_ROOM}/context/:eventId`]: { query: { limit: '3', filter: '{"lazy_load_members":true}' } },
  [`GET ${V1_IN_ROOM}/timestamp_to_event`]: { query: { ts: '1432684800000', dir: 'f' } },
  [`GET ${V1_IN_ROOM}/relations/:eventId`]: RELATIONS,
  [`GET ${V1_IN_ROOM}/relations/:eventId/:relType`]: RELATIONS,
  [`GET ${V1_IN_ROOM}/relations/:eventId/:relType/:eventType`]: RELATIONS,
  'POST /_matrix/client/v3/search': {
    body: {
      search_categories: {
        room_events: {
          search_term: 'two words',
          keys: ['content.body'],
          filter: { limit: 3, rooms: ['!a'], senders: ['@b:c'] },
          order_by: 'recent',
          event_context: { before_limit: 1, after_limit: 2, include_profile: true },
          include_state: true,
          groupings: { group_by: [{ key: 'room_id' }] },
        },
      },
    },
    query: { next_batch: 't' },
  },
  [`GET ${IN_ROOM}/initialSync`]: { query: { limit: '3' } },
  [`GET ${V1_IN_ROOM}/threads`]: { query: { include: 'all', from: 't', limit: '3' } },
  [`GET ${IN_ROOM}/messages`]: {
    query: { dir: 'b', from: 't', to: 't', limit: '5', filter: '{"types":["m.room.message"]}' },
  },
  [`GET ${IN_ROOM}/members`]: { query: { at: 't', membership: 'join', not_membership: 'leave' } },
  [`GET ${IN_ROOM}/joined_members`]: {},
  [`POST ${IN_ROOM}/receipt/:receiptType/:eventId`]: { body: { thread_id: 'main' } },
  [`POST ${IN_ROOM}/read_markers`]: { body: { 'm.fully_read': '$a', 'm.read': '$a', 'm.read.private': '$a' } },
  [`PUT ${IN_ROOM}/typing/:userId`]: { body: { typing: true, timeout: 1000 } },
  'POST /_matrix/client/v3/keys/device_signing/upload': {
    body: {
      master_key: SIGNING_KEY,
      self_signing_key: { ...SIGNING_KEY, signatures: { '@alice:localhost': { 'ed25519:K': 'AAAA' } } },
      user_signing_key: SIGNING_KEY,
      auth: { type: 'm.login.password', session: 's' },
    },
  },
  'POST /_matrix/client/v3/keys/signatures/upload': {
    body: { '@alice:localhost': { D: DEVICE_KEYS }, '@bob:localhost': { K: SIGNING_KEY } },
  },
  'GET /_matrix/client/v3/keys/changes': { query: { from: 't', to: 't' } },
  'GET /_matrix/client/v3/presence/:userId/status': {},
  'PUT /_matrix/client/v3/presence/:userId/status': { body: { presence: 'online', status_msg: 'here' } },
  'GET /_matrix/client/v3/initialSync': { query: { limit: '3', archived: 'true' } },
  'GET /_matrix/client/v3/events': { query: { from: 't', timeout: '0', room_id: '!unknown:localhost' } },
  'GET /_matrix/client/v3/events/:eventId': {},
  'GET /_matrix/client/v3/sync': {
    query: {
      filter: '{"room":{"timeline":{"limit":1}}}',
      since: 't',
      full_state: 'false',
      set_presence: 'offline',
      timeout: '0',
      use_state_after: 'true',
    },
  },
  'POST /_matrix/client/v3/keys/upload': {
    body: {
      device_keys: DEVICE_KEYS,
      one_time_keys: { 'signed_curve25519:A': { key: 'x', signatures: {} }, 'curve25519:B': 'x' },
      fallback_keys: { 'curve25519:C': 'x' },
    },
  },
  'POST /_matrix/client/v3/keys/query': {
    body: { timeout: 10_000, device_keys: { '@bob:localhost': ['D'], '@carol:elsewhere.test': [] } },
  },
  'POST /_matrix/client/v3/keys/claim': {
    body: { timeout: 10_000, one_time_keys: { '@bob:localhost': { D: 'signed_curve25519' } } },
  },
  [`PUT ${DEHYDRATED}`]: {
    body: {
      device_id: 'D',
      device_data: { algorithm: 'a' },
      initial_device_display_name: 'n',
      device_keys: DEVICE_KEYS,
    },
  },
  [`GET ${DEHYDRATED}`]: {},
  [`DELETE ${DEHYDRATED}`]: {},
  [`POST ${DEHYDRATED}/:deviceId/events`]: { body: { next_batch: 'd1' } },
  'POST /_matrix/client/v3/room_keys/version': { body: BACKUP },
  'GET /_matrix/client/v3/room_keys/version': {},
  'GET /_matrix/client/v3/room_keys/version/:version': {},
  'PUT /_matrix/client/v3/room_keys/version/:version': { body: { ...BACKUP, version: '1' } },
  'DELETE /_matrix/client/v3/room_keys/version/:version': {},
  [`PUT ${ROOM_KEYS}`]: {
    query: { version: '1' },
    body: { rooms: { '!room:localhost': { sessions: { s: BACKED_UP_KEY } } } },
  },
  [`PUT ${ROOM_KEYS}/:roomId`]: { query: { version: '1' }, body: { sessions: { s: BACKED_UP_KEY } } },
  [`PUT ${ROOM_KEYS}/:roomId/:sessionId`]: { query: { version: '1' }, body: BACKED_UP_KEY },
  [`GET ${ROOM_KEYS}`]: { query: { version: '1' } },
  [`GET ${ROOM_KEYS}/:roomId`]: { query: { version: '1' } },
  [`GET ${ROOM_KEYS}/:roomId/:sessionId`]: { query: { version: '1' } },
  [`DELETE ${ROOM_KEYS}`]: { query: { version: '1' } },
  [`DELETE ${ROOM_KEYS}/:roomId`]: { query: { version: '1' } },
  [`DELETE ${ROOM_KEYS}/:roomId/:sessionId`]: { query: { version: '1' } },
  [`GET ${SERVERS}`]: {},
  [`GET ${SERVERS}/:serverName`]: {},
  [`POST ${SERVERS}`]: {
    body: {
      server_name: 'spoiled..name',
      settings: { aliases: ['a.test'], public_baseurl: 'https://m.test/', registration: { enabled: true } },
    },
  },
  [`PUT ${SERVERS}/:serverName/settings`]: {
    body: { registration: { enabled: true, guests: false }, aliases: ['b.test'] },
  },
  [`POST ${SERVERS}/:serverName/suspend`]: {},
  [`POST ${SERVERS}/:serverName/resume`]: {},
  [`DELETE ${SERVERS}/:serverName`]: {},
  'GET /_plexus/admin/v1/server_removals/:jobId': {},
  'GET /_plexus/admin/v1/dead_letters': { query: { from: '1', limit: '5' } },
  'POST /_plexus/admin/v1/dead_letters/:id/retry': {},
  'DELETE /_plexus/admin/v1/dead_letters/:id': {},
};
