import { roomIdText, userIdText } from '../identifiers.ts';
import { anyObject, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** What an identity server signed of a third-party invite, and whatever else it did. */
const thirdPartySigned = object({ sender: userIdText, mxid: userIdText, token: text(), signatures: anyObject() });
export type ThirdPartySigned = Described<typeof thirdPartySigned>;

/** https://spec.matrix.org/v1.19/client-server-api/#joining-rooms */
export const joinRequest = new Shape(
  object({ reason: optional(text()), third_party_signed: optional(thirdPartySigned) }),
);
export type JoinRequest = Described<typeof joinRequest.schema>;
export const joinResponse = new Shape(object({ room_id: roomIdText }));

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidleave */
export const leaveRequest = new Shape(object({ reason: optional(text()) }));
export type LeaveRequest = Described<typeof leaveRequest.schema>;

/** Kick, ban and unban. */
export const targetedRequest = new Shape(object({ user_id: userIdText, reason: optional(text()) }));
export type TargetedRequest = Described<typeof targetedRequest.schema>;

/** An invite by user id, or by third-party id (https://spec.matrix.org/v1.19/client-server-api/#third-party-invites). */
export const inviteRequest = new Shape(
  object({
    user_id: optional(userIdText),
    reason: optional(text()),
    id_server: optional(text()),
    id_access_token: optional(text()),
    medium: optional(text()),
    address: optional(text()),
  }),
);
export type InviteRequest = Described<typeof inviteRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3joined_rooms */
export const joinedRoomsResponse = new Shape(object({ joined_rooms: list(roomIdText) }));
export type JoinedRoomsResponse = Described<typeof joinedRoomsResponse.schema>;

export const emptyResponse = new Shape(anyObject());

/** `server_name` is the older name of `via`. */
export const joinQuery = new Shape(object({ via: optional(list(text())), server_name: optional(list(text())) }));
