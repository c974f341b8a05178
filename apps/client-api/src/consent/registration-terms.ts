import type { Clock, JsonObject, JsonValue } from '@plexus/matrix-base';
import { baseUrlOf, buildPolicyUri, findCurrentVersion } from '@plexus/policies';
import type { HostedServer, HostedServers, Policies, Policy, PolicyVersion } from '@plexus/storage';

interface Term {
  readonly policy: Policy;
  readonly version: PolicyVersion;
}

/** A text that whoever registers is to read, for a page. */
export interface TermLink {
  readonly title: string;
  readonly url: string;
}

/** What a server asks those to agree to who register (https://spec.matrix.org/v1.19/client-server-api/#terms-of-service-at-registration). */
export class RegistrationTerms {
  readonly #policies: Pick<Policies, 'policiesOf'>;
  readonly #servers: HostedServers;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(policies: Pick<Policies, 'policiesOf'>, servers: HostedServers, clock: Pick<Clock, 'now'>) {
    this.#policies = policies;
    this.#servers = servers;
    this.#clock = clock;
  }

  areAsked(serverName: string): boolean {
    return this.#find(serverName).length > 0;
  }

  /** The versions that are agreed to at the moment, by their numbers. */
  versionsOf(serverName: string): number[] {
    return this.#find(serverName).map(({ version }) => version.versionNid);
  }

  /** The parameters of the stage: each policy with its version, and a link in each language. */
  paramsOf(server: HostedServer): JsonObject {
    const terms = this.#find(server.serverName);
    const policies = terms.map(({ policy, version }): [string, JsonValue] => [
      policy.name,
      {
        version: version.version,
        ...Object.fromEntries(
          version.languages.map((language): [string, JsonValue] => [
            language,
            { name: policy.title, url: this.#linkTo(server, { policy, version }, language) },
          ]),
        ),
      },
    ]);
    return { policies: Object.fromEntries(policies) };
  }

  linksOf(serverName: string): TermLink[] {
    const server = this.#servers.find(serverName);
    if (server === undefined) return [];
    return this.#find(serverName).map((term) => ({ title: term.policy.title, url: this.#linkTo(server, term) }));
  }

  /** The policy is named where the server has several, the language where the text has several. */
  #linkTo(server: HostedServer, { policy, version }: Term, language?: string): string {
    const isOneOfSeveral = this.#policies.policiesOf(server.serverName).length > 1;
    return buildPolicyUri(baseUrlOf(server), {
      version: version.version,
      ...(isOneOfSeveral && { policy: policy.name }),
      ...(language !== undefined && version.languages.length > 1 && { language }),
    });
  }

  #find(serverName: string): Term[] {
    const now = this.#clock.now();
    return this.#policies.policiesOf(serverName).flatMap((policy) => {
      const version = policy.isRequiredAtRegistration ? findCurrentVersion(policy, now) : undefined;
      return version === undefined ? [] : [{ policy, version }];
    });
  }
}
