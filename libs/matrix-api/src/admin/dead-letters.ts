import { integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const deadLetter = object({
  dead_letter_id: text(),
  room_id: optional(text()),
  event_id: optional(text()),
  source: text(),
  origin: optional(text()),
  error: text(),
  attempts: integer(),
  set_aside_at: integer(),
});
export type DeadLetterBody = Described<typeof deadLetter>;

/** `GET /_plexus/admin/v1/dead_letters` */
export const deadLettersResponse = new Shape(object({ dead_letters: list(deadLetter), next: optional(text()) }));
export type DeadLettersBody = Described<typeof deadLettersResponse.schema>;

export const deadLettersQuery = new Shape(object({ from: optional(text()), limit: optional(integer({ minimum: 1 })) }));
