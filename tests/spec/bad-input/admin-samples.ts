import type { Sample } from './samples.ts';

const PLEXUS = '/_plexus/admin/v1';
const SYNAPSE = '/_synapse/admin/v1';

const POLICIES = `${PLEXUS}/policies`;
const DESTINATIONS = `${SYNAPSE}/federation/destinations`;
const QUEUE = `${PLEXUS}/appservices/:id/queue`;
const IN_ROOM = `${SYNAPSE}/rooms/:roomId`;
const V2_ROOMS = '/_synapse/admin/v2/rooms';
const SYNAPSE_V2 = '/_synapse/admin/v2';
const OF_USER = `${SYNAPSE}/users/:userId`;
const DEVICES = `${SYNAPSE_V2}/users/:userId`;
const USERS = {
  query: {
    from: '0',
    limit: '5',
    user_id: 'a',
    name: 'a',
    guests: 'true',
    deactivated: 'true',
    admins: 'true',
    locked: 'true',
    order_by: 'name',
    dir: 'f',
    not_user_type: 'bot',
  },
};
const DELETION = {
  body: {
    new_room_user_id: '@alice:localhost',
    room_name: 'Elsewhere',
    message: 'Moved.',
    block: false,
    purge: false,
    force_purge: false,
  },
};

const PURGE = { body: { delete_local_events: false, purge_up_to_ts: 1, purge_up_to_event_id: '$event' } };

const NOTICE = {
  body: { user_id: '@nobody:localhost', content: { msgtype: 'm.text', body: 'hello' }, type: 'm.room.message' },
};
const APPSERVICES = `${PLEXUS}/appservices`;
const REGISTRATION = {
  url: 'http://127.0.0.1:9',
  sender_localpart: 'spoiledbot',
  namespaces: { users: [{ regex: '@_spoiled_.*', exclusive: true }], aliases: [], rooms: [] },
  rate_limited: true,
  protocols: ['spoiled'],
  ip_range_whitelist: ['10.0.0.0/8'],
  receive_ephemeral: true,
  'org.matrix.msc3202': false,
  'io.element.msc4190': false,
  servers: ['localhost'],
};

/** Good requests to the endpoints for administrators. */
export const ADMIN_SAMPLES: Readonly<Record<string, Sample>> = {
  [`GET ${APPSERVICES}`]: {},
  [`POST ${APPSERVICES}`]: { body: { ...REGISTRATION, id: 'spoiled', as_token: 'as', hs_token: 'hs' } },
  [`GET ${APPSERVICES}/:id`]: {},
  [`PUT ${APPSERVICES}/:id`]: { body: REGISTRATION },
  [`DELETE ${APPSERVICES}/:id`]: {},
  [`POST ${APPSERVICES}/:id/rotate_tokens`]: {
    body: { as_token: 'as', hs_token: 'hs', new_hs_token: true, overlap_ms: 1_000 },
  },
  [`GET ${DESTINATIONS}`]: {
    query: { from: '0', limit: '5', destination: 'a', order_by: 'retry_interval', dir: 'b' },
  },
  [`GET ${DESTINATIONS}/:destination`]: {},
  [`GET ${DESTINATIONS}/:destination/rooms`]: { query: { from: '0', limit: '5', dir: 'b' } },
  [`POST ${DESTINATIONS}/:destination/reset_connection`]: {},
  [`GET ${PLEXUS}/appservice_queues`]: {},
  [`GET ${QUEUE}`]: {},
  [`POST ${QUEUE}/pause`]: {},
  [`POST ${QUEUE}/resume`]: {},
  [`POST ${QUEUE}/retry`]: {},
  [`POST ${QUEUE}/skip`]: { body: { up_to_position: 1 } },
  [`POST ${QUEUE}/replay`]: { body: { from_position: 1 } },
  [`GET ${PLEXUS}/servers/:serverName/signing_keys`]: {},
  [`POST ${PLEXUS}/servers/:serverName/signing_keys/rotate`]: {},
  [`POST ${PLEXUS}/servers/:serverName/signing_keys/import`]: {
    body: {
      old_verify_keys: {
        'ed25519:old': { key: 'BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU', expired_ts: 1_600_000_000_000 },
      },
    },
  },
  [`GET ${PLEXUS}/caches`]: {},
  [`PUT ${PLEXUS}/caches/:name`]: { body: { factor: 1 } },
  [`DELETE ${PLEXUS}/caches/:name`]: {},
  [`GET ${POLICIES}`]: { query: { server_name: 'policies.test' } },
  [`GET ${POLICIES}/:server/:name`]: {},
  [`PUT ${POLICIES}/:server/:name`]: {
    body: {
      title: 'Terms',
      required_at_registration: false,
      block_error: 'Read %(consent_uri)s',
      notice_content: { msgtype: 'm.text', body: 'Read %(consent_uri)s' },
      notice_translations: { de: { msgtype: 'm.text', body: 'Bitte lesen' } },
      notify_guests: false,
    },
  },
  [`DELETE ${POLICIES}/:server/:name`]: {},
  [`POST ${POLICIES}/:server/:name/versions`]: {
    body: {
      version: '2',
      effective_at: 5,
      block_at: 5,
      documents: [{ language: 'en', purpose: 'policy', format: 'html', title: 'Terms', source: '<p>{{ user }}</p>' }],
    },
  },
  [`GET ${POLICIES}/:server/:name/versions/:version`]: {},
  [`PUT ${POLICIES}/:server/:name/versions/:version`]: { body: { block_at: 5 } },
  [`DELETE ${POLICIES}/:server/:name/versions/:version`]: {},
  [`GET ${PLEXUS}/users/:userId/consents`]: {},
  [`GET ${PLEXUS}/consents`]: { query: { server_name: 'policies.test', format: 'csv' } },
  [`GET ${PLEXUS}/given_up_pdus`]: {
    query: { from: '1-5', limit: '5', room_id: '!r:localhost', origin: 'a.test' },
  },
  [`GET ${PLEXUS}/redacted_copies`]: { query: { from: '1-5', limit: '5', room_id: '!r:localhost' } },
  [`GET ${PLEXUS}/log_levels`]: {},
  [`PUT ${PLEXUS}/log_levels/:service`]: { body: { level: 'info', for_ms: 60_000 } },
  [`DELETE ${PLEXUS}/log_levels/:service`]: {},
  [`GET ${PLEXUS}/audit_log`]: {
    query: { from: '5', limit: '5', administrator: '@a:localhost', target: '!r', server_name: 'localhost' },
  },
  [`POST ${SYNAPSE}/send_server_notice`]: NOTICE,
  [`PUT ${SYNAPSE}/send_server_notice/:transactionId`]: NOTICE,
  [`POST ${PLEXUS}/broadcasts`]: {
    body: {
      server_name: 'localhost',
      content: { msgtype: 'm.text', body: 'hello' },
      type: 'm.room.message',
      audience: { guests: false, never_consented: false, inactive_since: 1, users: ['@nobody:localhost'] },
      per_second: 1,
      txn_id: 'bad-input',
    },
  },
  [`GET ${PLEXUS}/broadcasts`]: { query: { server_name: 'localhost', limit: '5' } },
  [`GET ${PLEXUS}/broadcasts/:broadcastId`]: {},
  [`GET ${PLEXUS}/broadcasts/:broadcastId/failed`]: {},
  [`POST ${PLEXUS}/broadcasts/:broadcastId/pause`]: {},
  [`POST ${PLEXUS}/broadcasts/:broadcastId/resume`]: {},
  [`POST ${PLEXUS}/broadcasts/:broadcastId/cancel`]: {},
  [`GET ${PLEXUS}/jobs`]: { query: { kind: 'purge_history', target: '!r', status: 'active', limit: '5' } },
  [`GET ${PLEXUS}/jobs/:jobId`]: {},
  [`DELETE ${PLEXUS}/jobs/:jobId`]: {},
  [`POST ${SYNAPSE}/purge_history/:roomId`]: PURGE,
  [`POST ${SYNAPSE}/purge_history/:roomId/:eventId`]: PURGE,
  [`GET ${SYNAPSE}/purge_history_status/:purgeId`]: {},
  [`POST ${PLEXUS}/users/:userId/export`]: {},
  [`GET ${PLEXUS}/exports/:jobId`]: {},
  [`POST ${PLEXUS}/users/:userId/erase`]: { body: { redact_events: false } },
  [`GET ${SYNAPSE}/rooms`]: {
    query: {
      from: '0',
      limit: '5',
      order_by: 'name',
      dir: 'f',
      search_term: 'a',
      public_rooms: 'true',
      empty_rooms: 'false',
    },
  },
  [`GET ${IN_ROOM}`]: {},
  [`GET ${IN_ROOM}/members`]: {},
  [`GET ${IN_ROOM}/state`]: { query: { type: 'm.room.name' } },
  [`GET ${IN_ROOM}/messages`]: { query: { dir: 'b', from: 't', to: 't', limit: '5', filter: '{}' } },
  [`GET ${IN_ROOM}/context/:eventId`]: { query: { limit: '5', filter: '{}' } },
  [`GET ${IN_ROOM}/timestamp_to_event`]: { query: { ts: '5', dir: 'f' } },
  [`GET ${IN_ROOM}/hierarchy`]: { query: { from: 'x', limit: '5', max_depth: '2' } },
  [`GET ${IN_ROOM}/forward_extremities`]: {},
  [`DELETE ${IN_ROOM}/forward_extremities`]: {},
  [`GET ${IN_ROOM}/block`]: {},
  [`PUT ${IN_ROOM}/block`]: { body: { block: false } },
  [`POST ${IN_ROOM}/make_room_admin`]: { body: { user_id: '@bob:localhost' } },
  [`POST ${SYNAPSE}/join/:roomIdOrAlias`]: { body: { user_id: '@bob:localhost' } },
  [`DELETE ${IN_ROOM}`]: DELETION,
  [`DELETE ${V2_ROOMS}/:roomId`]: DELETION,
  [`GET ${V2_ROOMS}/:roomId/delete_status`]: {},
  [`GET ${V2_ROOMS}/delete_status/:deleteId`]: {},
  [`GET ${SYNAPSE_V2}/users`]: USERS,
  ['GET /_synapse/admin/v3/users']: USERS,
  [`GET ${SYNAPSE_V2}/users/:userId`]: {},
  [`PUT ${SYNAPSE_V2}/users/:userId`]: {
    body: {
      logout_devices: true,
      displayname: 'Name',
      avatar_url: 'mxc://localhost/a',
      admin: false,
      locked: false,
      user_type: 'bot',
      external_ids: [{ auth_provider: 'p', external_id: 'e' }],
      threepids: [],
    },
  },
  [`POST ${SYNAPSE}/deactivate/:userId`]: { body: { erase: false } },
  [`POST ${SYNAPSE}/reset_password/:userId`]: { body: { new_password: 'p', logout_devices: true } },
  [`GET ${OF_USER}/admin`]: {},
  [`PUT ${OF_USER}/admin`]: { body: { admin: false } },
  [`PUT ${PLEXUS}/administrators/:userId`]: { body: { scope: 'none' } },
  [`PUT ${SYNAPSE}/suspend/:userId`]: { body: { suspend: false } },
  [`GET ${SYNAPSE}/whois/:userId`]: {},
  ['GET /_matrix/client/v3/admin/whois/:userId']: {},
  [`GET ${OF_USER}/joined_rooms`]: {},
  [`GET ${OF_USER}/memberships`]: {},
  [`GET ${OF_USER}/accountdata`]: {},
  [`GET ${OF_USER}/sent_invite_count`]: { query: { from_ts: '0' } },
  [`GET ${OF_USER}/cumulative_joined_room_count`]: { query: { from_ts: '0' } },
  [`GET ${OF_USER}/override_ratelimit`]: {},
  [`POST ${OF_USER}/override_ratelimit`]: { body: { messages_per_second: 0, burst_count: 0 } },
  [`DELETE ${OF_USER}/override_ratelimit`]: {},
  [`POST ${OF_USER}/shadow_ban`]: {},
  [`DELETE ${OF_USER}/shadow_ban`]: {},
  [`GET ${SYNAPSE}/username_available`]: { query: { username: 'free' } },
  [`GET ${SYNAPSE}/auth_providers/:provider/users/:externalId`]: {},
  [`GET ${SYNAPSE}/threepid/:medium/users/:address`]: {},
  [`GET ${DEVICES}/devices`]: {},
  [`POST ${DEVICES}/devices`]: { body: { device_id: 'D' } },
  [`GET ${DEVICES}/devices/:deviceId`]: {},
  [`PUT ${DEVICES}/devices/:deviceId`]: { body: { display_name: 'n' } },
  [`DELETE ${DEVICES}/devices/:deviceId`]: {},
  [`POST ${DEVICES}/delete_devices`]: { body: { devices: ['D'] } },
  [`POST ${OF_USER}/login`]: { body: { valid_until_ms: 5, device_id: 'D' } },
  [`POST ${SYNAPSE}/user/:userId/redact`]: { body: { rooms: [], reason: 'r', limit: 5, use_admin: false } },
  [`GET ${SYNAPSE}/user/redact_status/:redactId`]: {},
  [`GET ${SYNAPSE}/server_version`]: {},
  [`GET ${SYNAPSE}/scheduled_tasks`]: {
    query: { action_name: 'a', resource_id: 'r', job_status: 'active', max_timestamp: '5' },
  },
  [`GET ${SYNAPSE}/statistics/database/rooms`]: {},
  [`GET ${SYNAPSE}/background_updates/status`]: {},
  [`GET ${SYNAPSE}/event_reports`]: {
    query: {
      from: '0',
      limit: '5',
      dir: 'b',
      user_id: '@a:localhost',
      room_id: '!r',
      event_sender_user_id: '@b:localhost',
    },
  },
  [`GET ${SYNAPSE}/event_reports/:reportId`]: {},
  [`DELETE ${SYNAPSE}/event_reports/:reportId`]: {},
  [`GET ${SYNAPSE}/user_reports`]: {
    query: { from: '0', limit: '5', dir: 'b', user_id: '@a:localhost', target_user_id: '@b:localhost' },
  },
  [`GET ${SYNAPSE}/user_reports/:reportId`]: {},
  [`DELETE ${SYNAPSE}/user_reports/:reportId`]: {},
  [`GET ${PLEXUS}/room_reports`]: {
    query: { from: '0', limit: '5', dir: 'b', user_id: '@a:localhost', room_id: '!r' },
  },
  [`GET ${PLEXUS}/room_reports/:reportId`]: {},
  [`DELETE ${PLEXUS}/room_reports/:reportId`]: {},
};
