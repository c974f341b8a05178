import { isServerName } from './server-name.ts';

const MEDIA_ID = /^[A-Za-z0-9_-]{1,255}$/;

export interface MxcUri {
  readonly serverName: string;
  readonly mediaId: string;
}

/**
 * Parses `mxc://<server-name>/<media-id>` (https://spec.matrix.org/v1.19/client-server-api/#matrix-content-mxc-uris). Returns nothing
 * if the server name is invalid or the media id has characters other than letters, digits, `_` and `-`.
 */
export function parseMxcUri(text: unknown): MxcUri | undefined {
  if (typeof text !== 'string' || !text.startsWith('mxc://')) return undefined;
  const slash = text.indexOf('/', 6);
  const serverName = text.slice(6, slash);
  const mediaId = text.slice(slash + 1);
  if (slash === -1 || !isServerName(serverName) || !isMediaId(mediaId)) return undefined;
  return { serverName, mediaId };
}

/** Whether a text may be a media id: it becomes part of paths and keys. */
export function isMediaId(text: unknown): text is string {
  return typeof text === 'string' && MEDIA_ID.test(text);
}

/** Builds a content URI. The caller guarantees valid parts. */
export function buildMxcUri(uri: MxcUri): string {
  return `mxc://${uri.serverName}/${uri.mediaId}`;
}
