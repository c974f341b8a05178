import { userIdText } from '../identifiers.ts';
import { anyObject, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1userdevicesuserid */
export const userDevicesResponse = new Shape(
  object({
    user_id: userIdText,
    stream_id: integer(),
    devices: list(object({ device_id: text(), device_display_name: optional(text()), keys: anyObject() })),
    master_key: optional(anyObject()),
    self_signing_key: optional(anyObject()),
  }),
);
export type UserDevicesResponse = Described<typeof userDevicesResponse.schema>;
