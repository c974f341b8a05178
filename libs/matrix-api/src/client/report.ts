import { integer, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidreporteventid; `score` is of older clients. */
export const eventReportRequest = new Shape(
  object({ reason: optional(text()), score: optional(integer({ minimum: -100, maximum: 0 })) }),
);
export type EventReportRequest = Described<typeof eventReportRequest.schema>;

/** Of a room or a user (https://spec.matrix.org/v1.19/client-server-api/#reporting-content). */
export const reportRequest = new Shape(object({ reason: text() }));
