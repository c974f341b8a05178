import { choice, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

const logLevel = object({
  service: text(),
  level: text(),
  /** Milliseconds since the epoch; without it the level holds until it is taken back. */
  expires_at: optional(integer()),
});

/** `GET /_plexus/admin/v1/log_levels` */
export const logLevelsResponse = new Shape(object({ levels: list(logLevel) }));
export type LogLevelsBody = Described<typeof logLevelsResponse.schema>;

/** `PUT /_plexus/admin/v1/log_levels/{service}` */
export const setLogLevelRequest = new Shape(
  object({ level: choice([...LEVELS]), for_ms: optional(integer({ minimum: 1_000, maximum: 30 * 86_400_000 })) }),
);
