import { choice, flag, group, integer, list, optional, size, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

/** What a listener can offer. Requests for anything else are answered as unknown. */
export const apiNames = [
  'client',
  'sync',
  'admin',
  'federation',
  'well_known',
  'consent',
  'metrics',
  'health',
] as const;
export type ApiName = (typeof apiNames)[number];

const certificate = {
  cert: text('A PEM file with the certificate and its chain. It is read again when it changes.'),
  key: text('A PEM file with the private key. It is read again when it changes.'),
};

const tls = group('Serve TLS. Without `cert` and `key` a self-signed certificate is made.', {
  cert: optional(certificate.cert),
  key: optional(certificate.key),
  by_server: list(
    'Certificates chosen by the name that the client asks for (SNI).',
    group('A certificate for some names.', {
      names: list('Host names; `*.example.org` stands for one label.', text('A host name.'), { minItems: 1 }),
      ...certificate,
    }),
    { default: [] },
  ),
});

export const listenerSettings = group('A port and what it offers.', {
  port: integer('The TCP port; 0 takes a free one.', { maximum: 65_535 }),
  bind_addresses: list(
    'Addresses to listen on. `localhost` means the loopback addresses of IPv4 and IPv6; `::` and `0.0.0.0` mean all.',
    text('An address.'),
    { default: ['localhost'], minItems: 1 },
  ),
  apis: list('What is offered here.', choice('An API.', apiNames), { default: [...apiNames], minItems: 1 }),
  tls: optional(tls),
  trusted_proxies: optional(
    list(
      'Networks (CIDR) of proxies whose `X-Forwarded-For` is believed: the client is the right-most hop outside of them. Without it nobody is believed; where an application service has an `ip_range_whitelist` it has to be written, `[]` where there is no proxy.',
      text('A network such as `10.0.0.0/8`, or one address.'),
    ),
  ),
  max_body_bytes: size('Larger request bodies are refused with `M_TOO_LARGE`.', { default: '1M' }),
  request_id_header: flag('Whether a trusted proxy’s `X-Request-Id` is taken over as the request id in logs.', {
    default: true,
  }),
});

export type ListenerSettings = Configured<typeof listenerSettings>;

export const listeners = list(
  'Where requests are accepted. Without it: all APIs on the loopback addresses, at `PLEXUS_PORT` or 8008.',
  listenerSettings,
  { minItems: 1 },
);
