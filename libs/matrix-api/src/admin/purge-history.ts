import { anyValue, choice, flag, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** `POST /_synapse/admin/v1/purge_history/{roomId}[/{eventId}]`; the time is checked apart, because it has an error of its own. */
export const purgeHistoryRequest = new Shape(
  object({
    delete_local_events: optional(flag()),
    purge_up_to_event_id: optional(text()),
    purge_up_to_ts: optional(anyValue()),
  }),
);
export type PurgeHistoryRequest = Described<typeof purgeHistoryRequest.schema>;
export const purgeHistoryResponse = new Shape(object({ purge_id: text() }));

/** `GET /_synapse/admin/v1/purge_history_status/{purgeId}` */
export const purgeStatusResponse = new Shape(
  object({ status: choice(['active', 'complete', 'failed']), error: optional(text()) }),
);
export type PurgeStatusBody = Described<typeof purgeStatusResponse.schema>;
