import { choice, group, integer, list, optional, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

const grpc = group('gRPC, where `adapter` is `grpc`.', {
  bind_address: text('The address to listen on.', { default: '127.0.0.1' }),
  port: integer('The port; 0 takes a free one.', { default: 0, maximum: 65_535 }),
  advertised_host: optional(text('The host name or address at which the other services reach this process.')),
  tls: optional(
    group('Mutual TLS between the services. Files are read again when they change.', {
      ca: text('A PEM file of the authorities that sign the services’ certificates.'),
      cert: text('A PEM file with this service’s certificate and its chain.'),
      key: text('A PEM file with its private key.'),
      server_name: optional(
        text('The name that the certificates of all services are for, where it is not each one’s `advertised_host`.'),
      ),
      client_names: optional(
        list(
          'Who may call: the certificate of a caller is for one of these names. Without it: whoever has one.',
          text('A name.'),
          {
            minItems: 1,
          },
        ),
      ),
    }),
  ),
});

export const rpc = group('Questions and commands between services.', {
  adapter: choice('Local calls suit one process; separate services need gRPC.', ['local', 'grpc'], {
    default: 'local',
  }),
  grpc,
});

export type RpcSettings = Configured<typeof rpc>;
