import type {
  HostedServerBody,
  ServerRemovalBody,
  ServerSettingsBody,
  SupportWellKnownResponse,
} from '@plexus/matrix-api';
import { serverRateLimitsOf, writtenLimitsOf } from '@plexus/service-shell';
import type {
  HostedServer,
  HostedServerQuotas,
  HostedServerSettings,
  HostedServerSupport,
  ServerRemoval,
} from '@plexus/storage';
import { noticesOf, usageLimitOf, writtenNotices, writtenUsageLimit } from './notices-settings.ts';

/** The settings as the admin API writes them: in the words of the configuration file. */
export function settingsOfBody(body: ServerSettingsBody): HostedServerSettings {
  const { aliases, public_baseurl: publicBaseUrl, registration, rate_limits: limits, well_known: wellKnown } = body;
  const { retention } = body;
  return {
    ...(aliases !== undefined && { aliases }),
    ...(publicBaseUrl !== undefined && { publicBaseUrl }),
    ...(registration !== undefined && { registration: registrationOf(registration) }),
    ...(limits !== undefined && { rateLimits: serverRateLimitsOf(limits) }),
    ...(retention !== undefined && { retention: retentionOf(retention) }),
    ...(wellKnown !== undefined && { wellKnown: wellKnownOf(wellKnown) }),
    ...(body.email !== undefined && { email: emailOf(body.email) }),
    ...(body.server_notices !== undefined && { serverNotices: noticesOf(body.server_notices) }),
    ...(body.usage_limit !== undefined && { usageLimit: usageLimitOf(body.usage_limit) }),
    ...(body.quotas !== undefined && { quotas: quotasOf(body.quotas) }),
    ...(body.presence !== undefined && { presence: body.presence }),
    ...(body.federation !== undefined && { federation: federationOf(body.federation) }),
    ...(body.policy_server !== undefined && { policyServer: policyServerOf(body.policy_server) }),
  };
}

type Retention = NonNullable<HostedServerSettings['retention']>;
type WrittenRetention = NonNullable<ServerSettingsBody['retention']>;

/** Retention in the words of the configuration file. */
export function retentionOf({ enabled, max_lifetime: maxLifetimeMs }: WrittenRetention): Retention {
  return {
    ...(enabled !== undefined && { isEnabled: enabled }),
    ...(maxLifetimeMs !== undefined && { maxLifetimeMs }),
  };
}

function writtenRetention({ isEnabled, maxLifetimeMs }: Retention): WrittenRetention {
  return {
    ...(isEnabled !== undefined && { enabled: isEnabled }),
    ...(maxLifetimeMs !== undefined && { max_lifetime: maxLifetimeMs }),
  };
}

type Registration = NonNullable<HostedServerSettings['registration']>;
type WrittenRegistration = NonNullable<ServerSettingsBody['registration']>;

/** Registration in the words of the configuration file. */
export function registrationOf({
  requires_token: requiresToken,
  requires_email: requiresEmail,
  ...rest
}: WrittenRegistration): Registration {
  return {
    ...rest,
    ...(requiresToken !== undefined && { requiresToken }),
    ...(requiresEmail !== undefined && { requiresEmail }),
  };
}

function writtenRegistration({ requiresToken, requiresEmail, ...rest }: Registration): WrittenRegistration {
  return {
    ...rest,
    ...(requiresToken !== undefined && { requires_token: requiresToken }),
    ...(requiresEmail !== undefined && { requires_email: requiresEmail }),
  };
}

/** The mails of a server in the words of the configuration file. */
export function emailOf({ notif_from: from }: NonNullable<ServerSettingsBody['email']>): { readonly from?: string } {
  return from === undefined ? {} : { from };
}

type Federation = NonNullable<HostedServerSettings['federation']>;
type WrittenFederation = NonNullable<ServerSettingsBody['federation']>;

/** Federation in the words of the configuration file. */
export function federationOf({ enabled, allow_servers: allow, deny_servers: deny }: WrittenFederation): Federation {
  return {
    ...(enabled !== undefined && { isEnabled: enabled }),
    ...(allow !== undefined && { allow }),
    ...(deny !== undefined && { deny }),
  };
}

function writtenFederation({ isEnabled, allow, deny }: Federation): WrittenFederation {
  return {
    ...(isEnabled !== undefined && { enabled: isEnabled }),
    ...(allow !== undefined && { allow_servers: allow }),
    ...(deny !== undefined && { deny_servers: deny }),
  };
}

type PolicyServer = NonNullable<HostedServerSettings['policyServer']>;
type WrittenPolicyServer = NonNullable<ServerSettingsBody['policy_server']>;

/** The policy server in the words of the configuration file. */
export function policyServerOf({ public_key: publicKey, address }: WrittenPolicyServer): PolicyServer {
  return { ...(publicKey !== undefined && { publicKey }), ...(address !== undefined && { address }) };
}

function writtenPolicyServer({ publicKey, address }: PolicyServer): WrittenPolicyServer {
  return { ...(publicKey !== undefined && { public_key: publicKey }), ...(address !== undefined && { address }) };
}

type WrittenQuotas = NonNullable<ServerSettingsBody['quotas']>;

/** Quotas in the words of the configuration file. */
export function quotasOf({
  max_users: users,
  max_event_bytes: eventBytes,
  max_monthly_traffic_bytes: monthlyTrafficBytes,
}: WrittenQuotas): HostedServerQuotas {
  return {
    ...(users !== undefined && { users }),
    ...(eventBytes !== undefined && { eventBytes }),
    ...(monthlyTrafficBytes !== undefined && { monthlyTrafficBytes }),
  };
}

export function writtenQuotas({ users, eventBytes, monthlyTrafficBytes }: HostedServerQuotas): WrittenQuotas {
  return {
    ...(users !== undefined && { max_users: users }),
    ...(eventBytes !== undefined && { max_event_bytes: eventBytes }),
    ...(monthlyTrafficBytes !== undefined && { max_monthly_traffic_bytes: monthlyTrafficBytes }),
  };
}

type WellKnown = NonNullable<HostedServerSettings['wellKnown']>;
type WrittenWellKnown = NonNullable<ServerSettingsBody['well_known']>;

/** The documents of discovery in the words of the configuration file. */
export function wellKnownOf({ support, ...rest }: WrittenWellKnown): WellKnown {
  return { ...rest, ...(support !== undefined && { support: supportOf(support) }) };
}

function supportOf({ contacts, support_page: supportPage }: SupportWellKnownResponse): HostedServerSupport {
  return {
    ...(contacts !== undefined && {
      contacts: contacts.map(({ role, matrix_id: matrixId, email_address: emailAddress }) => ({
        role,
        ...(matrixId !== undefined && { matrixId }),
        ...(emailAddress !== undefined && { emailAddress }),
      })),
    }),
    ...(supportPage !== undefined && { supportPage }),
  };
}

function writtenWellKnown({ support, ...rest }: WellKnown): WrittenWellKnown {
  return { ...rest, ...(support !== undefined && { support: writtenSupport(support) }) };
}

/** The document that the server gives to its users. */
export function writtenSupport({ contacts = [], supportPage }: HostedServerSupport): SupportWellKnownResponse {
  return {
    ...(contacts.length > 0 && {
      contacts: contacts.map(({ role, matrixId, emailAddress }) => ({
        role,
        ...(matrixId !== undefined && { matrix_id: matrixId }),
        ...(emailAddress !== undefined && { email_address: emailAddress }),
      })),
    }),
    ...(supportPage !== undefined && { support_page: supportPage }),
  };
}

export function bodyOfServer(server: HostedServer): HostedServerBody {
  const { aliases, publicBaseUrl, registration, rateLimits, retention, wellKnown, federation } = server.settings;
  const { serverNotices, usageLimit, quotas, policyServer } = server.settings;
  return {
    server_name: server.serverName,
    status: server.status,
    origin: server.origin,
    version: server.version,
    created_at: server.createdAt,
    settings: {
      ...(aliases !== undefined && { aliases }),
      ...(publicBaseUrl !== undefined && { public_baseurl: publicBaseUrl }),
      ...(registration !== undefined && { registration: writtenRegistration(registration) }),
      ...(retention !== undefined && { retention: writtenRetention(retention) }),
      ...(rateLimits !== undefined && { rate_limits: writtenLimitsOf(rateLimits) }),
      ...(wellKnown !== undefined && { well_known: writtenWellKnown(wellKnown) }),
      ...(federation !== undefined && { federation: writtenFederation(federation) }),
      ...(serverNotices !== undefined && { server_notices: writtenNotices(serverNotices) }),
      ...(quotas !== undefined && { quotas: writtenQuotas(quotas) }),
      ...(usageLimit !== undefined && { usage_limit: writtenUsageLimit(usageLimit) }),
      ...(policyServer !== undefined && { policy_server: writtenPolicyServer(policyServer) }),
      ...(server.settings.presence !== undefined && { presence: server.settings.presence }),
      ...(server.settings.email?.from !== undefined && { email: { notif_from: server.settings.email.from } }),
    },
  };
}

export function bodyOfRemoval(removal: ServerRemoval): ServerRemovalBody {
  return {
    job_id: removal.jobId,
    server_name: removal.serverName,
    step: removal.step,
    users_total: removal.usersTotal,
    users_done: removal.usersDone,
    refused_departures: removal.refusedDepartures,
    started_at: removal.startedAt,
    ...(removal.roomsLeft !== undefined && { rooms_left: removal.roomsLeft }),
    ...(removal.lastError !== undefined && { last_error: removal.lastError }),
    ...(removal.finishedAt !== undefined && { finished_at: removal.finishedAt }),
  };
}
