import { eventIdText, roomIdText, userIdText } from '../identifiers.ts';
import { anyObject, choice, flag, integer, list, mapOf, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** The content of an event to send: any object. */
export const eventContentRequest = new Shape(anyObject());

export const eventIdResponse = new Shape(object({ event_id: eventIdText }));
export type EventIdResponse = Described<typeof eventIdResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidredacteventidtxnid */
export const redactRequest = new Shape(object({ reason: optional(text()) }));
export type RedactRequest = Described<typeof redactRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#room-event-format */
const clientEvent = object({
  event_id: eventIdText,
  type: text(),
  room_id: roomIdText,
  sender: userIdText,
  origin_server_ts: integer(),
  content: anyObject(),
  state_key: optional(text()),
  unsigned: optional(anyObject()),
});
export const clientEventResponse = new Shape(clientEvent);
export const roomStateResponse = new Shape(list(clientEvent));

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmessages */
export const messagesResponse = new Shape(
  object({
    start: text(),
    end: optional(text()),
    chunk: list(clientEvent),
    state: optional(list(clientEvent)),
  }),
);

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidmembers */
export const membersResponse = new Shape(object({ chunk: list(clientEvent) }));

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidjoined_members */
export const joinedMembersResponse = new Shape(
  object({ joined: mapOf(object({ display_name: optional(text()), avatar_url: optional(text()) })) }),
);
export type JoinedMembersResponse = Described<typeof joinedMembersResponse.schema>;

export const messagesQuery = new Shape(
  object({
    dir: choice(['b', 'f']),
    from: optional(text()),
    to: optional(text()),
    limit: optional(integer({ minimum: 0 })),
    filter: optional(text()),
  }),
);
export type MessagesQuery = Described<typeof messagesQuery.schema>;

const membership = choice(['join', 'invite', 'knock', 'leave', 'ban']);
export const membersQuery = new Shape(
  object({ at: optional(text()), membership: optional(membership), not_membership: optional(membership) }),
);
export type MembersQuery = Described<typeof membersQuery.schema>;

export const stateEventQuery = new Shape(object({ format: optional(choice(['content', 'event'])) }));

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3roomsroomidcontexteventid */
export const contextQuery = new Shape(object({ limit: optional(integer({ minimum: 0 })), filter: optional(text()) }));

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidtimestamp_to_event */
export const eventAtQuery = new Shape(object({ ts: integer({ minimum: 0 }), dir: choice(['b', 'f']) }));

/** https://spec.matrix.org/v1.19/client-server-api/#relationships-api */
export const relationsQuery = new Shape(
  object({
    dir: optional(choice(['b', 'f'])),
    from: optional(text()),
    to: optional(text()),
    limit: optional(integer({ minimum: 0 })),
    recurse: optional(flag()),
  }),
);

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv1roomsroomidthreads */
export const threadsQuery = new Shape(
  object({
    include: optional(choice(['all', 'participated'])),
    from: optional(text()),
    limit: optional(integer({ minimum: 1 })),
  }),
);

/** `limit` is not in the specification's list of parameters, though its description speaks of it. */
export const roomInitialSyncQuery = new Shape(object({ limit: optional(integer({ minimum: 0 })) }));
