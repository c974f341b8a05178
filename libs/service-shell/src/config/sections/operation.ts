import { choice, decimal, duration, flag, group, integer, list, optional, size, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export const log = group('Log lines are JSON on standard output.', {
  level: choice('The least level that is logged. `PLEXUS_LOG_LEVEL` has precedence.', logLevels, { default: 'info' }),
  requests: flag('Whether every HTTP request gets a line.', { default: false }),
  slow_query: duration('Statements in Postgres that take longer get a line. 0s: none do.', { default: '500ms' }),
});

export const metrics = group('Prometheus metrics and health checks.', {
  listen: optional(
    group('An internal listener for `/metrics` and `/health`, apart from the main ones.', {
      bind_address: text('The address to listen on.', { default: '127.0.0.1' }),
      port: integer('The port; 0 takes a free one.', { maximum: 65_535 }),
    }),
  ),
  hosted_servers: list(
    'Hosted servers that have series of their own, labelled `hosted_server`. Else there are as many series however many servers are hosted.',
    text('A server name.'),
    { default: [] },
  ),
});

export const tracing = group('OpenTelemetry.', {
  otlp_endpoint: optional(
    text('Where traces are sent, for example `http://127.0.0.1:4318/v1/traces`. Off without it.'),
  ),
  sample_ratio: decimal(
    'The share of requests that are traced, from 0 to 1. A trusted proxy’s `traceparent` decides first.',
    {
      default: 0.01,
    },
  ),
  export_interval: duration('How often finished spans are sent.', { default: '5s' }),
});

export const limits = group('Bounds of every HTTP request.', {
  header_bytes: size('The request line and all headers together.', { default: '32K' }),
  headers_timeout: duration('How long a client may take to send its headers.', { default: '20s' }),
  request_timeout: duration('How long a client may take to send a request as a whole.', { default: '2m' }),
  keep_alive_timeout: duration('How long an idle connection stays open.', { default: '75s' }),
});

export const shutdown = group('What happens on SIGINT and SIGTERM.', {
  unready_delay: duration('How long to go on serving while already unready, so that load balancers notice.', {
    default: '0s',
  }),
  deadline: duration('Then the process ends, finished or not.', { default: '30s' }),
});

export const protections = ['epoch', 'dedupe', 'gap_fill', 'command_ids', 'offsets'] as const;

export const laboratory = group('For tests only. Never set any of this where real users are.', {
  failpoints: flag('Whether named failpoints can be armed.', { default: false }),
  armed_failpoints: list(
    'Failpoints that fire, where they can be armed.',
    text('`name=action[:milliseconds][@nth]`; the action is kill, stop, error or delay.'),
    { default: [] },
  ),
  disabled_protections: list(
    'Protections that are switched off, to show that the checker finds what they prevent.',
    choice('A protection.', protections),
    { default: [] },
  ),
});

export type LogSettings = Configured<typeof log>;
export type LogLevel = (typeof logLevels)[number];
export type MetricsSettings = Configured<typeof metrics>;
export type TracingSettings = Configured<typeof tracing>;
export type LimitsSettings = Configured<typeof limits>;
export type ShutdownSettings = Configured<typeof shutdown>;
export type LaboratorySettings = Configured<typeof laboratory>;
export type Protection = (typeof protections)[number];
