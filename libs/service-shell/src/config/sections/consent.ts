import { flag, group, json, map, optional, scalar, text } from '../setting.ts';
import type { Configured } from '../setting.ts';

const moment = {
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z)?$',
  form: 'a day such as 2026-12-01, or a time such as 2026-12-01T08:00Z, in UTC',
};

const members = {
  version: scalar('The name of the version that is published, for example `1.0`. A text that changes needs a new one.'),
  template_dir: text(
    'A folder with `<language>/<version>.html`, a template, or `.md`, Markdown; beside it `success.html` or `.md`.',
  ),
  policy_name: text('What the policy is called for users.', { default: 'Privacy Policy' }),
  require_at_registration: flag('Whether accounts are registered with consent only (`m.login.terms`).', {
    default: false,
  }),
  block_events_error: optional(
    text(
      'What users are told who have not agreed and may therefore not write; `%(consent_uri)s` is their link. Without it nobody is blocked.',
    ),
  ),
  effective_from: optional(
    text('From when the version is the one that is shown; else since it was published.', moment),
  ),
  block_from: optional(text('From when users without consent are blocked; else as soon as it is effective.', moment)),
  server_notice_content: optional(
    json(
      'The content of the notice that asks users to agree: it has `msgtype` and `body`, and `%(consent_uri)s` in some text.',
    ),
  ),
  server_notice_translations: map('The same by language, for example under `de`.', json('The content of the notice.')),
  send_server_notice_to_guests: flag('Whether guests get that notice too.', { default: false }),
};

export const userConsent = optional(
  group(
    'The policy to which users of all servers agree, unless their server has its own. As Synapse’s `user_consent`.',
    members,
  ),
);

export const serverConsent = optional(
  group('The policy to which users of this server agree, instead of the deployment’s `user_consent`.', members),
);

const settings = group('A policy.', members);
export type UserConsentSettings = Configured<typeof settings>;
