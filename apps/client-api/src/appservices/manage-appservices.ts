import { readAppserviceSettings, readRegistration } from '@plexus/appservices';
import type { Appservice, AppserviceRegistry, RegistrationProblem } from '@plexus/appservices';
import type { RotateTokensRequest, RotateTokensResponse } from '@plexus/matrix-api';
import { isServerName, MatrixError } from '@plexus/matrix-base';
import type { JsonObject, RandomSource } from '@plexus/matrix-base';
import { hashAccessToken } from '@plexus/service-shell';
import type { AppserviceRepository, AppserviceServers, AppserviceSettings } from '@plexus/storage';
import { newAccessToken } from '../accounts/random-ids.ts';
import type { EnsureSenders } from './ensure-senders.ts';

export interface ManageAppservicesPorts {
  readonly registry: AppserviceRegistry;
  readonly repository: AppserviceRepository;
  readonly random: RandomSource;
}

export interface AddedAppservice {
  readonly appservice: Appservice;
  /** Those that were made here: nobody else knows them. */
  readonly made: { readonly as_token?: string; readonly hs_token?: string };
}

const OVERLAP_MS = 3_600_000;

/** Adds, changes and removes application services while running. */
export class ManageAppservices {
  readonly #ports: ManageAppservicesPorts;
  readonly #ensureSenders: EnsureSenders;
  readonly #canGuardAddresses: boolean;

  /** `canGuardAddresses`: whether the listeners say which proxies they trust, so that a client's address is its own. */
  constructor(ports: ManageAppservicesPorts, ensureSenders: EnsureSenders, canGuardAddresses: boolean) {
    this.#ports = ports;
    this.#ensureSenders = ensureSenders;
    this.#canGuardAddresses = canGuardAddresses;
  }

  list(): readonly Appservice[] {
    return this.#ports.registry.all();
  }

  /** Throws 404 where there is none. */
  get(id: string): Appservice {
    const appservice = this.#ports.registry.find(id);
    if (appservice === undefined) throw noSuchAppservice();
    return appservice;
  }

  /** Tokens that are left out are made. Throws 400 for what is wrong with the registration, 409 where its id or its token is another one's. */
  async add(written: JsonObject, servers: AppserviceServers): Promise<AddedAppservice> {
    const made = this.#missingTokens(written);
    const read = readRegistration({ ...written, ...made });
    if (read.outcome === 'refused') throw wrongRegistration(read.problems);
    const { id, asToken, hsToken, settings } = read.registration;
    this.#requireUsable(settings, servers);
    const tokenHash = hashAccessToken(asToken);
    const added = { id, servers, settings, hsToken, origin: 'admin-api', tokenHash } as const;
    requireStored(await this.#ports.repository.addAppservice(added));
    await this.#ensureSenders.execute();
    return { appservice: this.get(id), made };
  }

  /** All of its settings; `servers` stay where they are left out. */
  async change(id: string, written: JsonObject, servers: AppserviceServers | undefined): Promise<Appservice> {
    const current = this.#own(id);
    const { as_token: asToken, hs_token: hsToken, id: writtenId = id } = written;
    if (asToken !== undefined || hsToken !== undefined || writtenId !== id) {
      throw new MatrixError('M_INVALID_PARAM', 400, 'The id cannot change, and tokens change by "rotate_tokens"');
    }
    const read = readAppserviceSettings(written);
    if (read.outcome === 'refused') throw wrongRegistration(read.problems);
    const { settings } = read;
    this.#requireUsable(settings, servers ?? current.servers);
    const change = { settings, ...(servers !== undefined && { servers }) };
    requireStored(await this.#ports.repository.changeAppservice(id, change));
    await this.#ensureSenders.execute();
    return this.get(id);
  }

  /** The former token of the application service stays good for a while. Returns the tokens that are new. */
  async rotateTokens(id: string, request: RotateTokensRequest): Promise<RotateTokensResponse> {
    this.#own(id);
    const { as_token: asToken = this.#newToken(), overlap_ms: overlapMs = OVERLAP_MS } = request;
    const hsToken = request.hs_token ?? (request.new_hs_token === true ? this.#newToken() : undefined);
    const change = {
      token: { tokenHash: hashAccessToken(asToken), overlapMs },
      ...(hsToken !== undefined && { hsToken }),
    };
    requireStored(await this.#ports.repository.changeAppservice(id, change));
    return { as_token: asToken, ...(hsToken !== undefined && { hs_token: hsToken }) };
  }

  async remove(id: string): Promise<void> {
    this.#own(id);
    if (!(await this.#ports.repository.removeAppservice(id))) throw noSuchAppservice();
  }

  /** Throws 409 for one of a file, which would be as the file says again. */
  #own(id: string): Appservice {
    const appservice = this.get(id);
    if (appservice.origin === 'admin-api') return appservice;
    throw new MatrixError('M_UNKNOWN', 409, 'This application service comes from a file: change that one');
  }

  #missingTokens(written: JsonObject): AddedAppservice['made'] {
    return {
      ...(written['as_token'] === undefined && { as_token: this.#newToken() }),
      ...(written['hs_token'] === undefined && { hs_token: this.#newToken() }),
    };
  }

  #newToken(): string {
    return newAccessToken(this.#ports.random);
  }

  #requireUsable({ ipRangeWhitelist }: AppserviceSettings, servers: AppserviceServers): void {
    if (servers !== 'all' && !(servers.length > 0 && servers.every(isServerName))) {
      throw new MatrixError('M_INVALID_PARAM', 400, 'servers: must be server names, at least one');
    }
    if (ipRangeWhitelist.length === 0 || this.#canGuardAddresses) return;
    const reason = 'a listener does not say which proxies it trusts: write its trusted_proxies first, [] for none';
    throw new MatrixError('M_INVALID_PARAM', 400, `ip_range_whitelist: ${reason}`);
  }
}

function requireStored(outcome: Awaited<ReturnType<AppserviceRepository['addAppservice']>>): void {
  if (outcome === 'stored') return;
  if (outcome === 'unknown') throw noSuchAppservice();
  const subject = outcome === 'id-in-use' ? 'id' : 'as_token';
  throw new MatrixError('M_UNKNOWN', 409, `${subject}: is that of another application service`);
}

function wrongRegistration(problems: readonly RegistrationProblem[]): MatrixError {
  const described = problems.slice(0, 20).map(({ key, reason }) => (key === '' ? reason : `${key}: ${reason}`));
  return new MatrixError('M_INVALID_PARAM', 400, described.join('; '));
}

function noSuchAppservice(): MatrixError {
  return new MatrixError('M_NOT_FOUND', 404, 'There is no such application service');
}
