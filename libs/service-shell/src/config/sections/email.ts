import { duration, flag, group, integer, optional, secret, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

export const email = group(
  'Mails to users: to confirm email addresses and to reset passwords. They need a relay, a sender, and the server’s public base URL.',
  {
    smtp_host: optional(text('The mail relay. Without it no mails are sent and no email addresses taken.')),
    smtp_port: integer('The relay’s port.', { default: 587, minimum: 1, maximum: 65_535 }),
    smtp_user: optional(text('The user name at the relay.')),
    smtp_pass: secret('The password at the relay.'),
    force_tls: flag('Whether TLS begins with the connection, as usual at port 465.', { default: false }),
    require_transport_security: flag('Whether no mail goes without TLS.', { default: false }),
    notif_from: optional(
      text('The sender, for example `Chat <noreply@example.org>`, of servers that have none of their own.'),
    ),
    app_name: text('What mails call this service.', { default: 'Matrix' }),
    validation_token_lifetime: duration('How long the link in a mail is good.', { default: '1h' }),
    request_token_inhibit_3pid_errors: flag('Whether nobody is told that no account has an email address.', {
      default: false,
    }),
  },
);

export type EmailSettings = Configured<typeof email>;
