import { userIdText } from '../identifiers.ts';
import { anyObject, anyValue, choice, integer, list, mapOf, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';
import { authData } from './user-interactive-auth.ts';

const signatures = mapOf(mapOf(text()));

/** https://spec.matrix.org/v1.19/client-server-api/#device-keys */
export const deviceKeys = new Shape(
  object({
    user_id: userIdText,
    device_id: text(),
    algorithms: list(text()),
    keys: mapOf(text()),
    signatures,
  }),
);
export type DeviceKeys = Described<typeof deviceKeys.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload */
export const uploadKeysRequest = new Shape(
  object({
    device_keys: optional(deviceKeys.schema),
    one_time_keys: optional(mapOf(anyValue())),
    fallback_keys: optional(mapOf(anyValue())),
  }),
);
export type UploadKeysRequest = Described<typeof uploadKeysRequest.schema>;

export const uploadKeysResponse = new Shape(object({ one_time_key_counts: mapOf(integer({ minimum: 0 })) }));
export type UploadKeysResponse = Described<typeof uploadKeysResponse.schema>;

/** A one-time or fallback key that is signed. */
export const signedKey = new Shape(object({ key: text(), signatures }));

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysquery */
export const queryKeysRequest = new Shape(
  object({ timeout: optional(integer({ minimum: 0 })), device_keys: mapOf(list(text())) }),
);
export type QueryKeysRequest = Described<typeof queryKeysRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysclaim */
export const claimKeysRequest = new Shape(
  object({ timeout: optional(integer({ minimum: 0 })), one_time_keys: mapOf(mapOf(text())) }),
);
export type ClaimKeysRequest = Described<typeof claimKeysRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3keyschanges */
export const keyChangesQuery = new Shape(object({ from: text(), to: text() }));

export const keyChangesResponse = new Shape(object({ changed: list(userIdText), left: list(userIdText) }));
export type KeyChangesResponse = Described<typeof keyChangesResponse.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#cross-signing */
export const crossSigningKey = new Shape(
  object({
    user_id: userIdText,
    usage: list(choice(['master', 'self_signing', 'user_signing'])),
    keys: mapOf(text()),
    signatures: optional(signatures),
  }),
);
export type CrossSigningKey = Described<typeof crossSigningKey.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysdevice_signingupload */
export const uploadSigningKeysRequest = new Shape(
  object({
    master_key: optional(crossSigningKey.schema),
    self_signing_key: optional(crossSigningKey.schema),
    user_signing_key: optional(crossSigningKey.schema),
    auth: optional(authData),
  }),
);
export type UploadSigningKeysRequest = Described<typeof uploadSigningKeysRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keyssignaturesupload */
export const uploadSignaturesRequest = new Shape(mapOf(mapOf(anyObject())));
export type UploadSignaturesRequest = Described<typeof uploadSignaturesRequest.schema>;

/** https://github.com/matrix-org/matrix-spec-proposals/pull/3814 */
export const dehydratedDeviceRequest = new Shape(
  object({
    device_id: text({ maxLength: 255 }),
    device_data: anyObject(),
    initial_device_display_name: optional(text({ maxLength: 1024 })),
    device_keys: deviceKeys.schema,
    one_time_keys: optional(mapOf(anyValue())),
    fallback_keys: optional(mapOf(anyValue())),
  }),
);
export type DehydratedDeviceRequest = Described<typeof dehydratedDeviceRequest.schema>;

export const dehydratedEventsRequest = new Shape(object({ next_batch: optional(text()) }));
