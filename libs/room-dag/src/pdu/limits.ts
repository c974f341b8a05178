/** The complete event as canonical JSON, signatures included (https://spec.matrix.org/v1.19/client-server-api/#size-limits). */
export const MAX_PDU_BYTES = 65_536;
/** `sender`, `room_id`, `state_key`, `type` and `event_id`, in bytes of UTF-8. */
export const MAX_FIELD_BYTES = 255;
export const MAX_PREV_EVENTS = 20;
export const MAX_AUTH_EVENTS = 10;
/** From version 6 on; before, a depth may go up to 2^63−1. */
export const MAX_DEPTH = Number.MAX_SAFE_INTEGER;
