/** Names under which Nest knows ports, which have no class. */
export const HOSTED_SERVERS = Symbol('HostedServers');
