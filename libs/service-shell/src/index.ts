export { ConfigError } from './config/config-error.ts';
export type { ConfigProblem } from './config/config-error.ts';
export { readEnvironment } from './config/environment.ts';
export type { Environment } from './config/environment.ts';
export { ConfigFollower } from './config/config-follower.ts';
export {
  environmentFactors,
  findConfigPath,
  loadConfig,
  loadConfigText,
  SECTIONS_OF_ALL,
} from './config/load-config.ts';
export { readHostAndPort, writeHostAndPort } from './config/host-and-port.ts';
export type { HostAndPort } from './config/host-and-port.ts';
export { findNearestName } from './config/nearest-name.ts';
export type { ConfigSource } from './config/load-config.ts';
export type { PlexusConfig } from './config/plexus-config.ts';
export { Secret } from './config/secret.ts';
export type { AppserviceConfig } from './config/sections/appservices.ts';
export type { CacheSettings, CachesSettings } from './config/sections/cache.ts';
export type { UserConsentSettings } from './config/sections/consent.ts';
export type { DatabaseSettings } from './config/sections/database.ts';
export type { AppserviceDeliverySettings } from './config/sections/appservice-delivery.ts';
export type { FederationSettings } from './config/sections/federation.ts';
export type { ApiName, ListenerSettings } from './config/sections/listeners.ts';
export type {
  LaboratorySettings,
  LimitsSettings,
  LogLevel,
  LogSettings,
  MetricsSettings,
  Protection,
  ShutdownSettings,
  TracingSettings,
} from './config/sections/operation.ts';
export type { QuotaSettings } from './config/sections/quotas.ts';
export type { RateLimit, RateLimitSettings } from './config/sections/rate-limits.ts';
export type { PasswordHashingSettings, RegistrationSettings } from './config/sections/registration.ts';
export type { RpcSettings } from './config/sections/rpc.ts';
export type { ServerSettings } from './config/sections/servers.ts';
export type { TopicsSettings } from './config/sections/topics.ts';
export type { LogFields, Logger } from './logging/logger.ts';
export { redactFields } from './logging/redact-fields.ts';
export { createLogger } from './logging/pino-logger.ts';
export type { LoggerOptions, RootLogger } from './logging/pino-logger.ts';
export { PLEXUS_VERSION } from './system/plexus-version.ts';
export { findContext, rememberOrigin, runInContext, runOutsideOfContext } from './logging/request-context.ts';
export type { LogContext } from './logging/request-context.ts';
export { steadyClock, systemClock } from './system/system-clock.ts';
export { systemRandomSource } from './system/system-random-source.ts';
export {
  accessRecordCodec,
  accessTokenKey,
  assertedUserKey,
  Authenticator,
  hashAccessToken,
  requireActiveServer,
  severalServers,
  userLocked,
} from './access/authenticator.ts';
export { deviceKeyCountsCodec, deviceKeyCountsKey } from './access/device-key-counts.ts';
export type {
  AccessRules,
  AuthenticatorOptions,
  ReportBlockedAppservice,
  Requester,
  TokenUses,
} from './access/authenticator.ts';
export { activeCodec, requireWithinUsageLimit, UsageGate, usageLimitExceeded } from './access/usage-gate.ts';
export type { CountedUser } from './access/usage-gate.ts';
export { reportBlockedAppservices } from './access/report-blocked-appservices.ts';
export { DeviceSightings } from './access/device-sightings.ts';
export { findAccessToken } from './access/find-access-token.ts';
export type { TokenBearer } from './access/find-access-token.ts';
export { OutgoingQueues } from './federation/outgoing-queues.ts';
export type { OutgoingQueuesPorts } from './federation/outgoing-queues.ts';
export { PeerSightings } from './federation/peer-sightings.ts';
export { FederationPolicy, matchServerNames } from './access/federation-policy.ts';
export type { FederationRules } from './access/federation-policy.ts';
export { findAppserviceServer } from './access/find-appservice-server.ts';
export { findHostedServer } from './access/find-hosted-server.ts';
export { BucketRateLimiter, NO_EXCEPTIONS } from './limits/bucket-rate-limiter.ts';
export type { DeploymentLimits, LimitExceptions } from './limits/bucket-rate-limiter.ts';
export { CopiedOverrides } from './limits/limit-overrides.ts';
export { deploymentLimits, serverRateLimitsOf, writtenLimitsOf } from './limits/limit-settings.ts';
export type { WrittenLimits } from './limits/limit-settings.ts';
export { limitExceeded, requireUserWithinLimit, requireWithinLimit } from './limits/rate-limiter.ts';
export type { LimitedAction } from './limits/limited-actions.ts';
export type { LimitedUse, RateLimiter } from './limits/rate-limiter.ts';
export { ServerUseMeter } from './usage/server-use-meter.ts';
export { Admission } from './fairness/admission.ts';
export { FairSlots } from './fairness/fair-slots.ts';
export type { FairSlotsLimits, Slot } from './fairness/fair-slots.ts';
export type { FairnessSettings } from './config/sections/fairness.ts';
export { findClientAddress, normalizeAddress, trustNetworks } from './http/client-address.ts';
export type { IsTrusted } from './http/client-address.ts';
export { ListenerRequest, requestClassOf, serveFor } from './http/listener.ts';
export { escapeHtml } from './http/escape-html.ts';
export type { HttpRequestFields } from './http/request-fields.ts';
export { ConfigGeneration } from './metrics/config-generation.ts';
export { EventProcessing } from './metrics/event-processing.ts';
export type { EventProcessor, ProcessedRows } from './metrics/event-processing.ts';
export { HostedServerCounter } from './metrics/hosted-server-counter.ts';
export { readCounter, readGauge, single } from './metrics/read-metrics.ts';
export type { ReadMetric } from './metrics/read-metrics.ts';
export { Readiness } from './metrics/readiness.ts';
export type { ReadinessCheck, ReadinessReport } from './metrics/readiness.ts';
export { explainFailure, reportFailedStart } from './service/report-failed-start.ts';
export { repeatEvery } from './service/repeat-every.ts';
export type { RepeatEveryPorts } from './service/repeat-every.ts';
export { runService } from './service/run-service.ts';
export type { Shell } from './service/shell.ts';
export { StartError } from './service/start-error.ts';
export { findUnguardedListener, requireProxyPolicy } from './access/proxy-policy.ts';
export { createShell, startService } from './service/start-service.ts';
export type { RunningService, ServiceModule, ServiceOptions } from './service/start-service.ts';
export { runUntilSignal } from './shutdown/run-until-signal.ts';
export { Shutdown } from './shutdown/shutdown.ts';
export type { StopHook } from './shutdown/shutdown.ts';
export { CertificateFiles } from './tls/certificate-files.ts';
export type { CertificateSource } from './tls/certificate-source.ts';
export { clientTls } from './tls/client-tls.ts';
export { findTracing } from './tracing/active-tracing.ts';
export { startTracing } from './tracing/start-tracing.ts';
export type { BegunSpan, NewSpan, SpanKind } from './tracing/active-tracing.ts';
export { TracedRows } from './tracing/traced-rows.ts';
export { inSpansOfRows } from './tracing/in-spans-of-rows.ts';
export type { TracedRow } from './tracing/traced-rows.ts';
export { beginSpan, contextOfTrace, currentTraceparent, recordSpan, withSpan } from './tracing/with-span.ts';
export type { PartOfTrace } from './tracing/with-span.ts';
export { traceparentOf } from './tracing/trace-context.ts';
export { armFailpoints } from './laboratory/armed-failpoints.ts';
export type { ArmedFailpoints, FailpointPorts } from './laboratory/armed-failpoints.ts';
export { isNoticesUser, noticesUserOf } from './notices/notices-user.ts';
export { findByLanguage } from './notices/find-by-language.ts';
export { noticePolicyOf, noticeWordsOf } from './notices/notice-policy.ts';
export type { NoticeLook, NoticePolicy } from './notices/notice-policy.ts';
export { usageLimitOf } from './notices/usage-limit.ts';
export type { UsageLimit } from './notices/usage-limit.ts';
export { GiveSignsOfLife } from './replicas/give-signs-of-life.ts';
export type { SignsOfLifeOptions } from './replicas/give-signs-of-life.ts';
