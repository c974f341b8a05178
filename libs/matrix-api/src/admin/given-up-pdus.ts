import { integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const givenUpPdu = object({
  room_id: text(),
  event_id: text(),
  origin: text(),
  because: text(),
  given_up_at: integer(),
});
export type GivenUpPduBody = Described<typeof givenUpPdu>;

/** `GET /_plexus/admin/v1/given_up_pdus` */
export const givenUpPdusResponse = new Shape(object({ pdus: list(givenUpPdu), next: optional(text()) }));
export type GivenUpPdusBody = Described<typeof givenUpPdusResponse.schema>;

export const givenUpPdusQuery = new Shape(
  object({
    from: optional(text()),
    limit: optional(integer({ minimum: 1 })),
    room_id: optional(text()),
    origin: optional(text()),
  }),
);
