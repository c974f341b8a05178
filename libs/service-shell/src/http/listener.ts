import { IncomingMessage } from 'node:http';
import type { ApiName } from '../config/sections/listeners.ts';
import type { LogContext } from '../logging/request-context.ts';
import type { BegunSpan } from '../tracing/active-tracing.ts';
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
  /** The hosted server for which it is answered, as soon as that is known. */
  servedFor: string | undefined;
  /** It has had its turn among the requests of all hosted servers, or waits for it. */
  isAdmitted = false;
  /** Answered, or its client is gone. */
  isOver = false;
  /** Called once when it is over. */
  whenOver: (() => void) | undefined;
  /** Whose request it is, for the log; known when its body is read. */
  context: LogContext | undefined;
  /** Where its trace is recorded. */
  span: BegunSpan | undefined;
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

/** Says for which hosted server a request is answered; nothing happens to a request that came in at no listener. */
export function serveFor({ raw }: { readonly raw?: IncomingMessage }, serverName: string): void {
  if (raw instanceof ListenerRequest) raw.servedFor = serverName;
}

/** All requests come through our listeners; anything else is a mistake in the set-up. */
export function listenerRequest(raw: IncomingMessage): ListenerRequest {
  if (raw instanceof ListenerRequest) return raw;
  throw new Error('a request came in at no listener');
}
