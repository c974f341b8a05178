import { anyObject, choice, integer, list, nullable, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

export const serverVersionResponse = new Shape(object({ server_version: text() }));

/** `GET /_synapse/admin/v1/scheduled_tasks` */
export const scheduledTasksQuery = new Shape(
  object({
    action_name: optional(text()),
    resource_id: optional(text()),
    job_status: optional(choice(['scheduled', 'active', 'complete', 'failed', 'cancelled'])),
    max_timestamp: optional(integer({ minimum: 0 })),
  }),
);
const task = object({
  id: text(),
  action: text(),
  status: choice(['scheduled', 'active', 'complete', 'failed']),
  timestamp_ms: integer(),
  resource_id: nullable(text()),
  result: nullable(anyObject()),
  error: nullable(text()),
});
export const scheduledTasksResponse = new Shape(object({ scheduled_tasks: list(task) }));
export type ScheduledTaskBody = Described<typeof task>;

/** `GET /_synapse/admin/v1/statistics/database/rooms` */
export const roomSizesResponse = new Shape(
  object({ rooms: list(object({ room_id: text(), estimated_size: integer() })) }),
);
