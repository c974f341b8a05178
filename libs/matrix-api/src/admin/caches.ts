import { choice, closedObject, decimal, flag, integer, list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const source = choice(['administrator', 'environment', 'file', 'default']);

const cache = object({
  name: text(),
  factor: decimal(),
  /** Who has set it; of a cache without a factor of its own, who has set the global one. */
  source,
  has_own_factor: flag(),
  process: object({ base_size: integer(), capacity: integer() }),
  shared: optional(object({ base_size: integer(), capacity: integer() })),
  /** Of the process that answers, where it uses the cache. */
  here: optional(
    object({
      size: integer(),
      hits: object({ process: integer(), shared: integer() }),
      misses: integer(),
      evictions: object({ size: integer(), time: integer(), invalidation: integer() }),
      mean_bytes: optional(decimal()),
    }),
  ),
});

/** `GET /_plexus/admin/v1/caches` */
export const cachesResponse = new Shape(
  object({
    /** As `plexus_config_generation` of each process shows it, when it has followed. */
    revision: integer(),
    global: object({ factor: decimal(), source }),
    caches: list(cache),
  }),
);
export type CachesBody = Described<typeof cachesResponse.schema>;

/** `PUT /_plexus/admin/v1/caches/{name}` */
export const setCacheFactorRequest = new Shape(closedObject({ factor: decimal({ minimum: 0, maximum: 10_000 }) }));

/** The answer to a changed factor: `global`, or the cache. */
export const cacheFactorResponse = new Shape(
  object({ revision: integer(), name: text(), factor: decimal(), source, has_own_factor: flag() }),
);
export type CacheFactorBody = Described<typeof cacheFactorResponse.schema>;
