import type { JsonObject, JsonValue } from '@plexus/matrix-base';
import { hostOf, parseServerName } from '@plexus/matrix-base';
import { compileGlob } from '../glob/compile-glob.ts';

/** The server ACL of a room, ready to be asked about many servers. */
export interface ServerAcl {
  /** Whether a server may take part in the room. Its port does not count, nor does case. */
  allows(serverName: string): boolean;
}

/**
 * Prepares the content of a room's `m.room.server_acl`; `undefined` if the room's current state has none. Decides, in this order
 * (https://spec.matrix.org/v1.19/client-server-api/#mroomserver_acl): no event allows; a denied IP literal is denied; a match in `deny` is
 * denied; a match in `allow` is allowed; everything else is denied. So a redacted ACL denies everybody.
 *
 * Wrong types never fail: `allow_ip_literals` counts only as literal `false`, a list that is no array is empty, and members that are
 * no strings are skipped.
 */
export function compileServerAcl(content: JsonObject | undefined): ServerAcl {
  if (content === undefined) return { allows: () => true };
  const deniesIpLiterals = content['allow_ip_literals'] === false;
  const isInDenied = compileHostGlobs(content['deny']);
  const isInAllowed = compileHostGlobs(content['allow']);
  return {
    allows(serverName) {
      if (deniesIpLiterals && isIpLiteral(serverName)) return false;
      const host = foldCase(hostOf(serverName));
      return !isInDenied(host) && isInAllowed(host);
    },
  };
}

/** Long lists are mostly plain names: those are looked up, only the others are tried one by one. */
function compileHostGlobs(list: JsonValue | undefined): (host: string) => boolean {
  const patterns = Array.isArray(list) ? list.filter((member) => typeof member === 'string').map(foldCase) : [];
  const names = new Set(patterns.filter((pattern) => !/[*?]/.test(pattern)));
  const globs = patterns.filter((pattern) => !names.has(pattern)).map(compileGlob);
  return (host) => names.has(host) || globs.some((glob) => glob.matches(host));
}

/** @NOTE What begins with a bracket is meant as an IPv6 address, whether or not it is a valid one. */
function isIpLiteral(serverName: string): boolean {
  const kind = parseServerName(serverName)?.kind;
  return serverName.startsWith('[') || kind === 'ipv4';
}

/** @NOTE ASCII only: the Kelvin sign is no `k` in a host name. */
function foldCase(text: string): string {
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
