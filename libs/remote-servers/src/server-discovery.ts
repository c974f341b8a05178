/** One place where a server may be reached. */
export interface ServerEndpoint {
  /** What is connected to: a host name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** What the `Host` header says. */
  readonly hostHeader: string;
  /** The name, or the IP address, that the server's certificate has to be for. */
  readonly certificateName: string;
  /** Without TLS: no homeserver is, application services may be. */
  readonly isPlain?: boolean;
}

export type Discovery =
  /** In the order in which they are to be tried; at least one. */
  | { readonly outcome: 'found'; readonly endpoints: readonly ServerEndpoint[] }
  | {
      readonly outcome: 'not-found';
      /** `server-name`: the text is none. */
      readonly reason: 'server-name' | 'discovery';
      readonly because: string;
    };

/** Finds where a server is, in the order of https://spec.matrix.org/v1.19/server-server-api/#resolving-server-names. */
export interface ServerDiscovery {
  discover(serverName: string): Promise<Discovery>;
  /** Of a part of a server that is known to be elsewhere than the rest of it: at `host:port`, under the server's name. */
  at(address: string, serverName: string): Discovery;
}
