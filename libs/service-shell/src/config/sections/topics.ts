import { choice, duration, group, integer, list, optional, secret, text } from '../setting.ts';
import type { Configured } from '../setting.ts';
import { clientTls } from './client-tls.ts';

const kafka = group('Kafka, where `adapter` is `kafka`.', {
  brokers: list('Addresses to begin with, as `host:port`.', text('A broker.', hostAndPort()), { default: [] }),
  client_id: text('How this process is called in the brokers’ logs.', { default: 'plexus' }),
  topic_prefix: text('Put before every topic and group name, to share a Kafka between deployments.', {
    default: 'plexus.',
    pattern: '^[A-Za-z0-9._-]*$',
    form: 'letters, digits, dots, dashes and underscores',
  }),
  replication_factor: integer('Copies of each partition of topics that are made at start.', {
    default: 3,
    minimum: 1,
    maximum: 32,
  }),
  session_timeout: duration('A consumer that is silent for so long has died.', { default: '6s' }),
  heartbeat_interval: duration('How often a consumer says that it lives.', { default: '1s' }),
  connection_timeout: duration('How long to try to connect to a broker.', { default: '5s' }),
  request_timeout: duration('How long to wait for a broker’s answer.', { default: '30s' }),
  tls: clientTls,
  sasl: optional(
    group('Log in to the brokers.', {
      mechanism: choice('How.', ['plain', 'scram-sha-256', 'scram-sha-512'], { default: 'scram-sha-512' }),
      username: text('The user name.'),
      password: secret('The password.'),
    }),
  ),
});

export const topics = group('The log that carries records between services.', {
  adapter: choice('Postgres suits one process; separate services need Kafka.', ['postgres', 'kafka'], {
    default: 'postgres',
  }),
  kafka,
});

export type TopicsSettings = Configured<typeof topics>;

function hostAndPort(): { pattern: string; form: string } {
  return { pattern: '^[^\\s:/]+:[0-9]{1,5}$|^\\[[0-9a-fA-F:.]+\\]:[0-9]{1,5}$', form: 'host:port' };
}
