import { RegistrationError } from '@plexus/appservices';
import type { AppserviceRegistry, Registration } from '@plexus/appservices';
import { hashAccessToken } from '@plexus/service-shell';
import type { AppserviceRepository, AppserviceServers } from '@plexus/storage';

/** A registration of the configuration, and for which hosted servers it is. */
export interface ConfiguredAppservice {
  /** Where it is from, for whoever has to repair it. */
  readonly source: string;
  readonly registration: Registration;
  readonly servers: AppserviceServers;
}

export interface SeedAppservicesPorts {
  readonly registry: Pick<AppserviceRegistry, 'all'>;
  readonly repository: AppserviceRepository;
}

/**
 * Makes the application services those of the configuration, as far as these have come from it: new ones are added, known ones changed, and those
 * that are no longer there removed. What the admin API has added stays, unless a file has its id: then the file has it from now on. Each step may
 * happen twice, also in several processes at once.
 */
export class SeedAppservices {
  readonly #ports: SeedAppservicesPorts;
  readonly #overlapMs: number;

  /** `overlapMs`: how long a token that was replaced stays good. */
  constructor(ports: SeedAppservicesPorts, overlapMs: number) {
    this.#ports = ports;
    this.#overlapMs = overlapMs;
  }

  /** Throws `RegistrationError` for ids and tokens that are there twice; then nothing changes. */
  async execute(configured: readonly ConfiguredAppservice[]): Promise<void> {
    requireDistinct(configured);
    const { registry, repository } = this.#ports;
    const ids = new Set(configured.map(({ registration }) => registration.id));
    const dropped = registry.all().filter(({ id, origin }) => origin === 'configuration' && !ids.has(id));
    // Before the others: a file that was renamed may have a token that another id had.
    for (const { id } of dropped) await repository.removeAppservice(id);
    for (const one of configured) await this.#seed(one);
  }

  async #seed({ source, registration, servers }: ConfiguredAppservice): Promise<void> {
    const { id, asToken, hsToken, settings } = registration;
    const tokenHash = hashAccessToken(asToken);
    const stored = { servers, settings, hsToken, origin: 'configuration' } as const;
    const { repository } = this.#ports;
    let outcome = await repository.addAppservice({ id, ...stored, tokenHash });
    if (outcome === 'id-in-use') {
      outcome = await repository.changeAppservice(id, { ...stored, token: { tokenHash, overlapMs: this.#overlapMs } });
    }
    if (outcome === 'token-in-use') {
      throw new RegistrationError(source, [{ key: 'as_token', reason: 'is the token of another application service' }]);
    }
  }
}

function requireDistinct(configured: readonly ConfiguredAppservice[]): void {
  const ids = new Map<string, string>();
  const tokens = new Map<string, string>();
  for (const { source, registration } of configured) {
    requireFirst(ids, 'id', { source, value: registration.id });
    requireFirst(tokens, 'as_token', { source, value: registration.asToken });
  }
}

function requireFirst(
  seen: Map<string, string>,
  key: string,
  { source, value }: { readonly source: string; readonly value: string },
): void {
  const first = seen.get(value);
  if (first !== undefined) throw new RegistrationError(source, [{ key, reason: `is that of ${first} too` }]);
  seen.set(value, source);
}
