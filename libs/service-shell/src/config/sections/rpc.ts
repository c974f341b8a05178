import { choice, group, integer, optional, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

const grpc = group('gRPC, where `adapter` is `grpc`.', {
  bind_address: text('The address to listen on.', { default: '127.0.0.1' }),
  port: integer('The port; 0 takes a free one.', { default: 0, maximum: 65_535 }),
  advertised_host: optional(text('The host name or address at which the other services reach this process.')),
  tls: optional(
    group('Mutual TLS between the services.', {
      ca: text('A PEM file of the authority that signs the services’ certificates.'),
      cert: text('A PEM file with this service’s certificate.'),
      key: text('A PEM file with its private key.'),
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
