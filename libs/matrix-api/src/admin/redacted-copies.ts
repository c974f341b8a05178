import { integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const redactedCopy = object({ room_id: text(), event_id: text(), noted_at: integer() });
export type RedactedCopyBody = Described<typeof redactedCopy>;

/** `GET /_plexus/admin/v1/redacted_copies` */
export const redactedCopiesResponse = new Shape(object({ copies: list(redactedCopy), next: optional(text()) }));
export type RedactedCopiesBody = Described<typeof redactedCopiesResponse.schema>;

export const redactedCopiesQuery = new Shape(
  object({ from: optional(text()), limit: optional(integer({ minimum: 1 })), room_id: optional(text()) }),
);
