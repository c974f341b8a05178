import type { Sample } from './samples.ts';

const PLEXUS = '/_plexus/admin/v1';
const SYNAPSE = '/_synapse/admin/v1';

const IN_ROOM = `${SYNAPSE}/rooms/:roomId`;
const V2_ROOMS = '/_synapse/admin/v2/rooms';
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

/** Good requests to the endpoints for administrators. */
export const ADMIN_SAMPLES: Readonly<Record<string, Sample>> = {
  [`GET ${PLEXUS}/audit_log`]: {
    query: { from: '5', limit: '5', administrator: '@a:localhost', target: '!r', server_name: 'localhost' },
  },
  [`GET ${PLEXUS}/jobs`]: { query: { kind: 'purge_history', target: '!r', status: 'active', limit: '5' } },
  [`GET ${PLEXUS}/jobs/:jobId`]: {},
  [`DELETE ${PLEXUS}/jobs/:jobId`]: {},
  [`POST ${SYNAPSE}/purge_history/:roomId`]: PURGE,
  [`POST ${SYNAPSE}/purge_history/:roomId/:eventId`]: PURGE,
  [`GET ${SYNAPSE}/purge_history_status/:purgeId`]: {},
  [`GET ${IN_ROOM}`]: {},
  [`GET ${IN_ROOM}/members`]: {},
  [`GET ${IN_ROOM}/state`]: { query: { type: 'm.room.name' } },
  [`GET ${IN_ROOM}/messages`]: { query: { dir: 'b', from: 't', to: 't', limit: '5', filter: '{}' } },
  [`GET ${IN_ROOM}/context/:eventId`]: { query: { limit: '5', filter: '{}' } },
  [`GET ${IN_ROOM}/timestamp_to_event`]: { query: { ts: '5', dir: 'f' } },
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
};
