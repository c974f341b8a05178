import type { RemoteFailure, Unreachable } from '@plexus/remote-servers';
import { ForbiddenAddressError } from './checked-lookup.ts';

const DISCOVERY = new Set(['ENOTFOUND', 'ENODATA', 'ESERVFAIL', 'ETIMEOUT', 'EAI_AGAIN', 'EAI_NODATA', 'EREFUSED']);
const CONNECT = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const TIMEOUT = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const TLS = /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA)/;

/** What a request ended with, as one of the words that there are for it. A programming error is thrown again. */
export function failureOf(error: unknown): Unreachable {
  const failure = firstOf(error);
  if (!(failure instanceof Error) || failure instanceof RangeError || failure instanceof ReferenceError) throw error;
  return { outcome: 'unreachable', reason: reasonOf(failure), because: failure.message };
}

function reasonOf(failure: Error): RemoteFailure {
  if (failure instanceof ForbiddenAddressError) return 'ip-range';
  const code = 'code' in failure ? String(failure.code) : '';
  if (DISCOVERY.has(code)) return 'discovery';
  if (CONNECT.has(code)) return 'connect';
  if (TIMEOUT.has(code)) return 'timeout';
  return TLS.test(code) ? 'tls' : 'broken';
}

/** Where several addresses were tried, each has failed for a reason of its own; the first one's counts. */
function firstOf(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error;
}
