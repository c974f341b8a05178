import { appserviceDelivery } from './sections/appservice-delivery.ts';
import { appservices } from './sections/appservices.ts';
import { cache, caches, eventCacheSize } from './sections/cache.ts';
import { userConsent } from './sections/consent.ts';
import { database } from './sections/database.ts';
import { email } from './sections/email.ts';
import { fairness } from './sections/fairness.ts';
import { federation } from './sections/federation.ts';
import { listeners } from './sections/listeners.ts';
import { reportStats, serverNotices, usageLimit } from './sections/notices.ts';
import { laboratory, limits, log, metrics, shutdown, tracing } from './sections/operation.ts';
import { presence } from './sections/presence.ts';
import { profiles, roomDirectory, userDirectory } from './sections/profiles.ts';
import { quotas } from './sections/quotas.ts';
import { rateLimits } from './sections/rate-limits.ts';
import { passwordHashing, registration } from './sections/registration.ts';
import { retention } from './sections/retention.ts';
import { rpc } from './sections/rpc.ts';
import { loginViaExistingSession, sessions, userInteractiveAuth } from './sections/sessions.ts';
import { search } from './sections/search.ts';
import { servers } from './sections/servers.ts';
import { topics } from './sections/topics.ts';
import { turn } from './sections/turn.ts';
import { group, integer, text } from './setting.ts';
import type { Configured } from './setting.ts';

/** Every setting that there is, in the order of the reference page. */
export const plexusSettings = group('The configuration of a Plexus deployment.', {
  servers,
  listeners,
  data_dir: text('Where the embedded Postgres and other files are kept. `PLEXUS_DATA_DIR` has precedence.', {
    default: './data',
  }),
  deployment_name: text('The name of this deployment in metrics.', { default: 'plexus' }),
  room_shards: integer('Into how many shards rooms are divided. Fixed once a deployment exists.', {
    default: 64,
    minimum: 1,
    maximum: 1024,
  }),
  database,
  topics,
  cache,
  caches,
  event_cache_size: eventCacheSize,
  rpc,
  registration,
  password_hashing: passwordHashing,
  sessions,
  login_via_existing_session: loginViaExistingSession,
  user_interactive_auth: userInteractiveAuth,
  turn,
  email,
  rate_limits: rateLimits,
  quotas,
  retention,
  search,
  presence,
  profiles,
  user_directory: userDirectory,
  room_directory: roomDirectory,
  federation,
  server_notices: serverNotices,
  usage_limit: usageLimit,
  report_stats: reportStats,
  appservice_delivery: appserviceDelivery,
  user_consent: userConsent,
  appservices,
  log,
  metrics,
  tracing,
  limits,
  fairness,
  shutdown,
  laboratory,
});

/**
 * The loaded configuration. Its names are those of the file, so that an operator's word and the code's word are one;
 * durations are milliseconds, sizes are bytes, secrets are `Secret`.
 */
export type PlexusConfig = Configured<typeof plexusSettings>;

/** What of it is read again when the file changes. */
export const changeableSettings = group('What can change while a process runs.', {
  caches,
  event_cache_size: eventCacheSize,
});

export type ChangeableConfig = Configured<typeof changeableSettings>;
