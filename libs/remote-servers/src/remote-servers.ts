import type { JsonObject } from '@plexus/matrix-base';

/** A request to another homeserver, before it is signed. */
export interface RemoteRequest {
  /** The hosted server in whose name, and with whose key, the request is signed. */
  readonly origin: string;
  /** The server that is asked. Checked by the strict grammar before anything else happens with it. */
  readonly destination: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** From `/_matrix/` on, each variable part percent-encoded: see `pathOf`. */
  readonly path: string;
  /** What follows the `?`; a list is a parameter that is repeated. */
  readonly query?: RemoteQuery;
  /** An object is encoded here; bytes are canonical JSON already and are signed and sent as they are. */
  readonly body?: JsonObject | Uint8Array;
  /** For everything: discovery, connecting, and the last byte of the answer. */
  readonly timeoutMs: number;
  /** A longer answer is `unreachable` with the reason `too-large`. Without it 8 MiB. */
  readonly maxBytes?: number;
}

export type RemoteQuery = Readonly<Record<string, string | readonly string[]>>;

/** Why there is no answer: a closed set, for metrics. */
export const REMOTE_FAILURES = [
  /** The text is no server name. */
  'server-name',
  /** Federation is off, or the lists of the origin do not allow this destination, or the destination is hosted here. */
  'not-allowed',
  /** The destination failed lately and is left alone for now. */
  'backing-off',
  /** No address was found for the name. */
  'discovery',
  /** The address is in a network that is not connected to. */
  'ip-range',
  'connect',
  'tls',
  'timeout',
  'too-large',
  /** The connection ended before the answer did. */
  'broken',
  /** What was answered with a status of success is not a JSON object. */
  'not-json',
] as const;

export type RemoteFailure = (typeof REMOTE_FAILURES)[number];

export interface Unreachable {
  readonly outcome: 'unreachable';
  readonly reason: RemoteFailure;
  /** For logs; never for a client or another server. */
  readonly because: string;
}

export type RemoteAnswer =
  /** Whatever the status is. The body of an error that is not a JSON object is an empty one. */
  { readonly outcome: 'answered'; readonly status: number; readonly body: JsonObject } | Unreachable;

export type RemoteBytes =
  | { readonly outcome: 'answered'; readonly status: number; readonly bytes: Uint8Array }
  | Unreachable;

/**
 * What the rest of Plexus asks of other homeservers (https://spec.matrix.org/v1.19/server-server-api/#authentication). Whatever the other
 * side does is a value; `RemoteServerError` is thrown where our own side is broken. Nothing is repeated: the caller knows what may be.
 */
export interface RemoteServers {
  request(request: RemoteRequest): Promise<RemoteAnswer>;
  /** As `request`, with the answer's text unparsed: for answers so large that parsing belongs into a worker. */
  requestBytes(request: RemoteRequest): Promise<RemoteBytes>;
}
