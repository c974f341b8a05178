import type { JsonValue } from '@plexus/matrix-base';
import type { ApiName } from '../config/sections/listeners.ts';

/** What the shell adds to every request. */
export interface HttpRequestFields {
  /** The client's address, behind trusted proxies too; IPv4-mapped IPv6 as IPv4. */
  clientAddress: string;
  /** The bytes of the body as they came. */
  rawBody: Buffer | undefined;
  /**
   * The body without any loss: a number that `body` rounds or respells (`1.0`, 2^53) is an `ExactNumber` here. Events are made from
   * this, everything else reads `body`.
   */
  exactBody: JsonValue | undefined;
}

declare module 'fastify' {
  // A module can only be extended by merging interfaces.
  interface FastifyRequest extends HttpRequestFields {}

  interface FastifyContextConfig {
    /** The name of the route in metrics; its pattern where it is not given. */
    servlet?: string;
    /** `stream` leaves the body unread, for uploads; `form` reads what a browser's form sends. */
    body?: 'json' | 'stream' | 'form';
    /** So much a body may have in any case, where the listener allows less. */
    maxBodyBytes?: number;
    /** Set by the shell. */
    api?: ApiName;
  }
}
