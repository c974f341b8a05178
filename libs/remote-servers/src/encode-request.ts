import { encodeCanonicalJson } from '@plexus/matrix-base';
import type { RemoteQuery, RemoteRequest } from './remote-servers.ts';

/** Path and query as they are sent and signed. Parameters keep their order. */
export function targetOf({ path, query = {} }: { readonly path: string; readonly query?: RemoteQuery }): string {
  const parameters = Object.entries(query).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map(
      (value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    ),
  );
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
}

/** The body as canonical JSON. An object may hold numbers that only room versions 1 to 5 know. */
export function encodeBody(body: NonNullable<RemoteRequest['body']>): Uint8Array {
  return body instanceof Uint8Array ? body : Buffer.from(encodeCanonicalJson(body, 'any'));
}
