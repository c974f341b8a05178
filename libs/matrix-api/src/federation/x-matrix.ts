import { encodeCanonicalString, isEd25519KeyId, isServerName, verifyEd25519 } from '@plexus/matrix-base';
import type { SigningKey } from '@plexus/matrix-base';

/** What an `Authorization` header of the scheme `X-Matrix` says; nothing of it is verified. */
export interface XMatrixCredentials {
  readonly origin: string;
  /** Servers before version 1.3 of the specification do not send it. */
  readonly destination: string | undefined;
  /** `ed25519:<version>` */
  readonly keyId: string;
  /** Base64. */
  readonly signature: string;
}

/** What a request's signature covers. */
export interface RequestUnderSignature {
  readonly method: string;
  /** Path and query as they are sent. */
  readonly uri: string;
  readonly origin: string;
  readonly destination: string;
  /** The body as canonical JSON; nothing where the request has none. */
  readonly content?: string;
}

const SCHEME = /^X-Matrix +/i;
/** A parameter of RFC 9110, 5.6.6: a token, or a quoted string with escapes; values of old servers have colons and slashes unquoted. */
const PARAMETER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"((?:[^"\\]|\\[\t\x20-\x7e\x80-\xff])*)"|([^\s",]*))/;
const SEPARATOR = /^[ \t]*,[ \t,]*/;
const LONGEST_HEADER = 4_096;

/**
 * Parses an `Authorization` header (https://spec.matrix.org/v1.19/server-server-api/#request-authentication). Returns nothing where it is
 * of another scheme, malformed, says something twice, or names no server or no key.
 */
export function parseXMatrix(header: string): XMatrixCredentials | undefined {
  const parameters = parseParameters(header);
  if (parameters === undefined) return undefined;
  const [origin, destination] = [parameters.get('origin'), parameters.get('destination')];
  const [keyId, signature] = [parameters.get('key'), parameters.get('sig')];
  if (!isServerName(origin) || (destination !== undefined && !isServerName(destination))) return undefined;
  if (keyId === undefined || !isEd25519KeyId(keyId) || signature === undefined) return undefined;
  return { origin, destination, keyId, signature };
}

/** The header for a request, signed with a key of its origin. */
export function buildXMatrix(request: RequestUnderSignature, key: SigningKey): string {
  const signature = key.sign(requestText(request));
  const { origin, destination } = request;
  return `X-Matrix origin="${origin}",destination="${destination}",key="${key.keyId}",sig="${signature}"`;
}

/**
 * The canonical JSON that the signature covers. `content` is taken over as it is: whoever checks a request has to make its canonical JSON
 * first, since what was sent need not be.
 */
export function requestText({ method, uri, origin, destination, content }: RequestUnderSignature): string {
  const body = content === undefined ? '' : `"content":${content},`;
  const [to, by, from, target] = [destination, method, origin, uri].map((text) => encodeCanonicalString(text));
  return `{${body}"destination":${to},"method":${by},"origin":${from},"uri":${target}}`;
}

/** Whether the request was signed with the key that the credentials name. The caller has found that key valid now. */
export function checkRequestSignature(
  { origin, signature }: XMatrixCredentials,
  request: Omit<RequestUnderSignature, 'origin'>,
  publicKey: string,
): boolean {
  return verifyEd25519({ message: requestText({ ...request, origin }), publicKey, signature });
}

function parseParameters(header: string): ReadonlyMap<string, string> | undefined {
  const scheme = header.length > LONGEST_HEADER ? null : SCHEME.exec(header);
  if (scheme === null) return undefined;
  const parameters = new Map<string, string>();
  let rest = header.slice(scheme[0].length).trimEnd();
  while (rest !== '') {
    const parameter = PARAMETER.exec(rest);
    if (parameter === null) return undefined;
    const [whole, name = '', quoted, token = ''] = parameter;
    const key = name.toLowerCase();
    if (parameters.has(key)) return undefined;
    parameters.set(key, quoted === undefined ? token : quoted.replaceAll(/\\(.)/g, '$1'));
    rest = rest.slice(whole.length);
    if (rest === '') break;
    const separator = SEPARATOR.exec(rest);
    if (separator === null) return undefined;
    rest = rest.slice(separator[0].length);
  }
  return parameters;
}
