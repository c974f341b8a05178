import { IncomingMessage } from 'node:http';
import type { ApiName } from '../config/sections/listeners.ts';
import type { IsTrusted } from './client-address.ts';

/** What holds for every request that comes in at one port. */
export interface Listener {
  readonly apis: ReadonlySet<ApiName>;
  readonly isTrustedProxy: IsTrusted;
  readonly maxBodyBytes: number;
  readonly takesRequestId: boolean;
}

/** The labels of a request in metrics, all from closed sets. */
export interface RequestLabels {
  readonly method: string;
  readonly servlet: string;
}

/** A request that knows where it came in. */
export abstract class ListenerRequest extends IncomingMessage {
  /** Set as soon as the route is known. */
  labels: RequestLabels | undefined;
  requestId: string | undefined;
  clientAddress: string | undefined;
  readonly startedAt = performance.now();
  abstract get listener(): Listener;
}

/** The class of the requests of one listener, for `http.createServer`. */
export function requestClassOf(listener: Listener): typeof IncomingMessage {
  return class extends ListenerRequest {
    get listener(): Listener {
      return listener;
    }
  };
}

/** All requests come through our listeners; anything else is a mistake in the set-up. */
export function listenerRequest(raw: IncomingMessage): ListenerRequest {
  if (raw instanceof ListenerRequest) return raw;
  throw new Error('a request came in at no listener');
}
