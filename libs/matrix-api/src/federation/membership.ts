import { roomIdText, userIdText } from '../identifiers.ts';
import { anyObject, anyValue, choice, flag, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid */
export const makeJoinQuery = new Shape(object({ ver: optional(list(text())) }));

/** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2send_joinroomideventid */
export const sendJoinQuery = new Shape(object({ omit_members: optional(flag()) }));

/** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1inviteroomideventid: the event itself, with what goes with it. */
export const inviteV1Request = new Shape(
  object({ unsigned: optional(object({ invite_room_state: optional(list(anyValue())) })) }),
);

/** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv2inviteroomideventid */
export const inviteV2Request = new Shape(
  object({ event: anyObject(), room_version: text(), invite_room_state: optional(list(anyValue())) }),
);

const thirdPartySigned = object({ mxid: userIdText, token: text(), signatures: anyObject() });

/** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1exchange_third_party_inviteroomid */
export const exchangeInviteRequest = new Shape(
  object({
    type: choice(['m.room.member']),
    room_id: roomIdText,
    sender: userIdText,
    state_key: userIdText,
    content: object({
      membership: choice(['invite']),
      third_party_invite: object({ display_name: text(), signed: thirdPartySigned }),
    }),
  }),
);
export type ExchangeInviteRequest = Described<typeof exchangeInviteRequest.schema>;

/** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv13pidonbind */
export const onBindRequest = new Shape(
  object({
    medium: text(),
    address: text(),
    mxid: userIdText,
    invites: list(
      object({
        medium: text(),
        address: text(),
        mxid: userIdText,
        room_id: roomIdText,
        sender: userIdText,
        signed: thirdPartySigned,
      }),
    ),
  }),
);
export type OnBindRequest = Described<typeof onBindRequest.schema>;
