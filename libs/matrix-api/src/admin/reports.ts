import { choice, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const page = {
  from: optional(integer({ minimum: 0 })),
  limit: optional(integer({ minimum: 0 })),
  dir: optional(choice(['f', 'b'])),
  user_id: optional(text()),
};
const report = { id: integer(), received_ts: integer(), user_id: text(), reason: text() };

const userReport = object({ ...report, target_user_id: text() });
const roomReport = object({ ...report, room_id: text() });

/** `GET /_synapse/admin/v1/user_reports` */
export const userReportsQuery = new Shape(object({ ...page, target_user_id: optional(text()) }));
export const userReportsResponse = new Shape(
  object({ user_reports: list(userReport), total: integer(), next_token: optional(integer()) }),
);
export type UserReportsBody = Described<typeof userReportsResponse.schema>;

export const userReportResponse = new Shape(userReport);
export type UserReportBody = Described<typeof userReport>;

/** `GET /_plexus/admin/v1/room_reports` */
export const roomReportsQuery = new Shape(object({ ...page, room_id: optional(text()) }));
export const roomReportsResponse = new Shape(
  object({ room_reports: list(roomReport), total: integer(), next_token: optional(integer()) }),
);
export type RoomReportsBody = Described<typeof roomReportsResponse.schema>;

export const roomReportResponse = new Shape(roomReport);
export type RoomReportBody = Described<typeof roomReport>;
