import type { ServerEndpoint } from './server-discovery.ts';
import type { Unreachable } from './remote-servers.ts';

export interface OutboundRequest {
  readonly endpoint: ServerEndpoint;
  readonly method: string;
  /** Path and query as they are sent and signed. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export type OutboundAnswer =
  | {
      readonly outcome: 'answered';
      readonly status: number;
      /** In lower case; of a header that came twice the first. */
      readonly headers: Readonly<Record<string, string>>;
      readonly bytes: Uint8Array;
    }
  | Unreachable;

/**
 * The one way in which bytes leave for other homeservers and for application services. Where the endpoint is a host name, each address that it has is checked against
 * the lists of IP ranges as it is connected to; redirects are not followed.
 */
export interface OutboundHttp {
  send(request: OutboundRequest): Promise<OutboundAnswer>;
}
