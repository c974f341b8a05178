/** Where the client API's endpoints are: the current version, and the one that older clients ask for. */
export const CLIENT_V3 = ['_matrix/client/v3', '_matrix/client/r0'];

/** Endpoints that came after those of the current version. */
export const CLIENT_V1 = '_matrix/client/v1';

/** The endpoints below a room. */
export const CLIENT_V3_ROOM = CLIENT_V3.map((prefix) => `${prefix}/rooms/:roomId`);

export const ADMIN_V1 = '_plexus/admin/v1';

/** The endpoints below a room that came with `v1`. */
export const CLIENT_V1_ROOM = '_matrix/client/v1/rooms/:roomId';
/** Where tools for Synapse look. */
export const SYNAPSE_ADMIN_V1 = '_synapse/admin/v1';
export const SYNAPSE_ADMIN_V2 = '_synapse/admin/v2';
