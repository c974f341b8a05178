import { anyValue, choice, flag, integer, nullable, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3roomsroomidtypinguserid */
export const typingRequest = new Shape(object({ typing: flag(), timeout: optional(integer()) }));
export type TypingRequest = Described<typeof typingRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidreceiptreceipttypeeventid */
export const receiptRequest = new Shape(object({ thread_id: optional(anyValue()) }));
export type ReceiptRequest = Described<typeof receiptRequest.schema>;

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidread_markers */
export const readMarkersRequest = new Shape(
  object({ 'm.fully_read': optional(text()), 'm.read': optional(text()), 'm.read.private': optional(text()) }),
);

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3presenceuseridstatus */
export const presenceRequest = new Shape(
  object({ presence: choice(['online', 'offline', 'unavailable']), status_msg: optional(nullable(text())) }),
);
export type PresenceRequest = Described<typeof presenceRequest.schema>;
