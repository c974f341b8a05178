import { anyObject, mapOf, object } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3sendtodeviceeventtypetxnid */
export const sendToDeviceRequest = new Shape(object({ messages: mapOf(mapOf(anyObject())) }));
export type SendToDeviceRequest = Described<typeof sendToDeviceRequest.schema>;
