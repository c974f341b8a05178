/** The parts of a server name. `host` has no port; an IPv6 host keeps its brackets. */
export interface ServerName {
  readonly host: string;
  readonly port: number | undefined;
  readonly kind: 'dns' | 'ipv4' | 'ipv6';
}

const MAX_LENGTH = 255;
const MAX_PORT = 65535;
const SHAPE = /^(\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)(?::([0-9]{1,5}))?$/;
const DOTTED_QUAD = /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/;
const DIGITS_AND_DOTS = /^[0-9.]+$/;

/**
 * Parses a server name by its grammar (https://spec.matrix.org/v1.19/appendices/#server-name), strictly: port at most 65535, octets at
 * most 255, no empty label, 255 characters in all. Returns nothing for anything else.
 */
export function parseServerName(text: string): ServerName | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? '';
  const port = match[2] === undefined ? undefined : Number(match[2]);
  if (port !== undefined && port > MAX_PORT) return undefined;
  const kind = kindOfHost(host);
  return kind === undefined ? undefined : { host, port, kind };
}

/** Whether a text is a server name. */
export function isServerName(text: unknown): text is string {
  return typeof text === 'string' && parseServerName(text) !== undefined;
}

/** The host part of a server name, without port: what server ACLs look at. The caller guarantees a valid server name. */
export function hostOf(serverName: string): string {
  const colon = serverName.lastIndexOf(':');
  return colon === -1 || serverName.endsWith(']') ? serverName : serverName.slice(0, colon);
}

function kindOfHost(host: string): ServerName['kind'] | undefined {
  if (host.startsWith('[')) return isIpv6(host.slice(1, -1)) ? 'ipv6' : undefined;
  if (!DIGITS_AND_DOTS.test(host)) return 'dns';
  if (!DOTTED_QUAD.test(host)) return 'dns';
  return isIpv4(host) ? 'ipv4' : undefined;
}

function isIpv4(text: string): boolean {
  return DOTTED_QUAD.test(text) && text.split('.').every((octet) => Number(octet) <= 255);
}

/** RFC 3513, section 2.2: eight groups, at most one `::`, the last two groups possibly as an IPv4 address. */
function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const head = countGroups(halves[0] ?? '', halves.length === 1);
  if (head === undefined) return false;
  if (halves.length === 1) return head === 8;
  const tail = countGroups(halves[1] ?? '', true);
  return tail !== undefined && head + tail <= 7;
}

function countGroups(text: string, mayEndInIpv4: boolean): number | undefined {
  if (text === '') return 0;
  const groups = text.split(':');
  const last = groups.at(-1) ?? '';
  const endsInIpv4 = mayEndInIpv4 && isIpv4(last);
  const hexGroups = endsInIpv4 ? groups.slice(0, -1) : groups;
  if (!hexGroups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return hexGroups.length + (endsInIpv4 ? 2 : 0);
}
