import { decimal, duration, flag, group, integer, list, map, optional, size, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

/** Networks that are not for the public Internet. */
export const privateNetworks = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '192.0.0.0/24',
  '169.254.0.0/16',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '192.0.2.0/24',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::1/128',
  'fe80::/10',
  'fc00::/7',
  '2001:db8::/32',
  'ff00::/8',
  'fec0::/10',
  '64:ff9b::/96',
];

const serverPattern = 'A server name; `*` stands for any characters, `?` for one.';

/** Which other servers a hosted server has to do with. */
export const federationLists = {
  enabled: flag('Whether anything is exchanged with other servers.', { default: true }),
  allow_servers: optional(
    list('With whom alone there is federation; everybody where it is left out.', text(serverPattern)),
  ),
  deny_servers: list('With whom there is none; it goes before `allow_servers`.', text(serverPattern), { default: [] }),
};

const trustedKeyServer = group('A notary.', {
  server_name: text('Its server name.'),
  verify_keys: map(
    'Its keys by their ids, in Base64; without them it is asked for its keys first.',
    text('A key.', { pattern: '^[A-Za-z0-9+/]{43}=?$', form: 'an Ed25519 key in Base64' }),
  ),
});

export const federation = group('Connections to other homeservers.', {
  ...federationLists,
  verify_certificates: flag('Whether other servers’ TLS certificates are checked.', { default: true }),
  certificate_verification_whitelist: list('Servers whose TLS certificates are not checked.', text(serverPattern), {
    default: [],
  }),
  custom_ca_list: list('Authorities besides the public ones that may sign certificates.', text('A PEM file.'), {
    default: [],
  }),
  ip_range_blacklist: list('Networks that are never connected to.', text('A network.'), { default: privateNetworks }),
  ip_range_whitelist: list('Exceptions from `ip_range_blacklist`.', text('A network.'), { default: [] }),
  static_addresses: map(
    'Where servers are that cannot be found by their names, as `host:port`; a certificate has still to be for the server name.',
    text('A host and a port.', { pattern: '^.+:[0-9]{1,5}$', form: 'host:port' }),
  ),
  trusted_key_servers: list(
    'Notaries, asked in this order for the keys of servers that do not answer.',
    trustedKeyServer,
    { default: [] },
  ),
  connect_timeout: duration('How long establishing a connection may take.', { default: '10s' }),
  request_timeout: duration('The longest that a request may take as a whole, whatever its caller would wait.', {
    default: '3m',
  }),
  max_response_bytes: size('The longest answer that is read, whatever its caller would read.', { default: '200M' }),
  destination_min_retry_interval: duration('How long a server that cannot be reached is left alone at first.', {
    default: '10m',
  }),
  destination_retry_multiplier: decimal('How much longer each further time.', { default: 2 }),
  destination_max_retry_interval: duration('The longest that a server is left alone.', { default: '7d' }),
  transaction_timeout: duration('How long a server may take to answer a transaction.', { default: '60s' }),
  transaction_quick_retries: integer(
    'How often a transaction is tried again, after seconds, before its destination is left alone.',
    { default: 2, minimum: 0 },
  ),
  connections_per_server: integer('Connections to one server at once, in each process.', { default: 8, minimum: 1 }),
  idle_connection_timeout: duration('How long an unused connection is kept.', { default: '60s' }),
});

export type FederationSettings = Configured<typeof federation>;
