import { choice, group, optional, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

const client = group('Connect with TLS. Files are read again when they change.', {
  ca: optional(
    text(
      'A PEM file of the authorities that may have signed the server’s certificate. Without it: those that are commonly trusted.',
    ),
  ),
  cert: optional(text('A PEM file with the certificate of this side and its chain, where the server asks for one.')),
  key: optional(text('A PEM file with its private key.')),
  verify: choice(
    '`full`: who signed the server’s certificate, and for which name. `ca`: who signed it. `none`: nothing.',
    ['full', 'ca', 'none'],
    { default: 'full' },
  ),
  server_name: optional(
    text('The name that the server’s certificate is for, where it is not the host of the address.'),
  ),
});

/** How a connection to one of the operator’s servers is secured; plain without it. */
export const clientTls = optional(client);

export type ClientTlsSettings = Configured<typeof client>;
