import type { HostedServerBody, ServerRemovalBody, ServerSettingsBody } from '@plexus/matrix-api';
import { serverRateLimitsOf, writtenLimitsOf } from '../../limits/limit-settings.ts';
import type { HostedServer, HostedServerSettings, ServerRemoval } from '@plexus/storage';

/** The settings as the admin API writes them: in the words of the configuration file. */
export function settingsOfBody(body: ServerSettingsBody): HostedServerSettings {
  const { aliases, public_baseurl: publicBaseUrl, registration, rate_limits: limits, well_known: wellKnown } = body;
  return {
    ...(aliases !== undefined && { aliases }),
    ...(publicBaseUrl !== undefined && { publicBaseUrl }),
    ...(registration !== undefined && { registration: registrationOf(registration) }),
    ...(limits !== undefined && { rateLimits: serverRateLimitsOf(limits) }),
    ...(wellKnown !== undefined && { wellKnown }),
  };
}

type Registration = NonNullable<HostedServerSettings['registration']>;
type WrittenRegistration = NonNullable<ServerSettingsBody['registration']>;

/** Registration in the words of the configuration file. */
export function registrationOf({ requires_token: requiresToken, ...rest }: WrittenRegistration): Registration {
  return { ...rest, ...(requiresToken !== undefined && { requiresToken }) };
}

function writtenRegistration({ requiresToken, ...rest }: Registration): WrittenRegistration {
  return { ...rest, ...(requiresToken !== undefined && { requires_token: requiresToken }) };
}

export function bodyOfServer(server: HostedServer): HostedServerBody {
  const { aliases, publicBaseUrl, registration, rateLimits, wellKnown } = server.settings;
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
      ...(rateLimits !== undefined && { rate_limits: writtenLimitsOf(rateLimits) }),
      ...(wellKnown !== undefined && { well_known: wellKnown }),
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
