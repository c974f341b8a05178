import { hostOf, isServerName } from '@plexus/matrix-base';
import { compileGlob } from '@plexus/room-dag';
import type { HostedServer, HostedServers } from '@plexus/storage';
import type { FederationSettings } from '../config/sections/federation.ts';

/** What the deployment says; each hosted server may say otherwise. */
export type FederationRules = Pick<FederationSettings, 'enabled' | 'allow_servers' | 'deny_servers'>;

type IsMatch = (serverName: string) => boolean;

/** With whom the hosted servers federate: the same answer for what comes in and for what goes out. */
export class FederationPolicy {
  readonly #servers: HostedServers;
  readonly #rules: FederationRules;
  /** Made once for each version of a server's settings. */
  readonly #compiled = new WeakMap<HostedServer, IsMatch>();

  constructor(servers: HostedServers, rules: FederationRules) {
    this.#servers = servers;
    this.#rules = rules;
  }

  /** Whether a hosted server exchanges anything with another one. Not where one of them is unknown here, the other one hosted, or a name no name. */
  allows(hostedServer: string, other: string): boolean {
    const server = this.#servers.find(hostedServer);
    if (server === undefined || server.status === 'removing' || this.#servers.isHosted(other)) return false;
    if (!isServerName(other)) return false;
    let isAllowed = this.#compiled.get(server);
    if (isAllowed === undefined) {
      isAllowed = compile(this.#rules, server);
      this.#compiled.set(server, isAllowed);
    }
    return isAllowed(other);
  }

  /** Whether a hosted server federates at all. */
  isEnabled(hostedServer: string): boolean {
    const server = this.#servers.find(hostedServer);
    return server !== undefined && (server.settings.federation?.isEnabled ?? this.#rules.enabled);
  }
}

function compile(rules: FederationRules, { settings }: HostedServer): IsMatch {
  const own = settings.federation ?? {};
  if (!(own.isEnabled ?? rules.enabled)) return () => false;
  const isDenied = matchServerNames(own.deny ?? rules.deny_servers);
  const allow = own.allow ?? rules.allow_servers;
  const isAllowed = allow === undefined ? () => true : matchServerNames(allow);
  return (serverName) => !isDenied(serverName) && isAllowed(serverName);
}

/** Whether a server is one of those that the patterns name, with its port or without; case does not count. */
export function matchServerNames(patterns: readonly string[]): IsMatch {
  const folded = patterns.map((pattern) => pattern.toLowerCase());
  const names = new Set(folded.filter((pattern) => !/[*?]/.test(pattern)));
  const globs = folded.filter((pattern) => !names.has(pattern)).map(compileGlob);
  return (serverName) => {
    const name = serverName.toLowerCase();
    return [name, hostOf(name)].some((text) => names.has(text) || globs.some((glob) => glob.matches(text)));
  };
}
