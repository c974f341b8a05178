import { isIPv6 } from 'node:net';

/** A host and its port. */
export interface HostAndPort {
  /** An IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
}

/** As it is written in one text: an IPv6 address in brackets, whether or not it has some already. */
export function writeHostAndPort({ host, port }: HostAndPort): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Out of `host:port`, as the schema has checked it. */
export function readHostAndPort(written: string): HostAndPort {
  const colon = written.lastIndexOf(':');
  return { host: written.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(written.slice(colon + 1)) };
}
