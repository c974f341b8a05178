import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** What of a request may carry an access token. */
export interface TokenBearer {
  readonly headers: IncomingHttpHeaders;
  readonly query: unknown;
  readonly clientAddress?: string;
  /** As it came in at a listener. */
  readonly raw?: IncomingMessage;
}

const BEARER = /^bearer +([^\s]+) *$/i;

/**
 * The access token of a request: from the `Authorization` header, else from the deprecated query parameter
 * (https://spec.matrix.org/v1.19/client-server-api/#using-access-tokens). Nothing where there is none; a header of another scheme or shape counts as
 * an unknown token.
 */
export function findAccessToken({ headers, query }: TokenBearer): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) return BEARER.exec(authorization)?.[1] ?? '';
  const token = (query as Readonly<Record<string, unknown>> | undefined)?.['access_token'];
  return typeof token === 'string' && token !== '' ? token : undefined;
}
