import { integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { authData } from './user-interactive-auth.ts';

const device = object({
  device_id: text(),
  display_name: optional(text()),
  last_seen_ip: optional(text()),
  last_seen_ts: optional(integer()),
});
export type DeviceBody = Described<typeof device>;

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3devicesdeviceid */
export const deviceResponse = new Shape(device);
/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3devices */
export const devicesResponse = new Shape(object({ devices: list(device) }));
/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3devicesdeviceid */
export const renameDeviceRequest = new Shape(object({ display_name: optional(text({ maxLength: 1024 })) }));
/** https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3devicesdeviceid */
export const removeDeviceRequest = new Shape(object({ auth: optional(authData) }));
/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3delete_devices */
export const removeDevicesRequest = new Shape(
  object({ auth: optional(authData), devices: list(text({ maxLength: 255 }), { maxItems: 1_000 }) }),
);
