import type { ConsentBody, PolicyBody, PolicyVersionBody, StorePolicyRequest } from '@plexus/matrix-api';
import type { Consent, Policy, PolicySettings, PolicyVersion } from '@plexus/storage';

export function bodyOfPolicy(policy: Policy): PolicyBody {
  return {
    server_name: policy.serverName === '' ? null : policy.serverName,
    name: policy.name,
    origin: policy.origin,
    title: policy.title,
    required_at_registration: policy.isRequiredAtRegistration,
    block_error: policy.blockError ?? null,
    notice_content: policy.noticeContent ?? null,
    notice_translations: policy.noticeTranslations ?? null,
    notify_guests: policy.notifiesGuests,
    versions: policy.versions.map(bodyOfVersion),
  };
}

export function bodyOfVersion({
  version,
  effectiveAt,
  blockAt,
  publishedAt,
  languages,
}: PolicyVersion): PolicyVersionBody {
  return { version, effective_at: effectiveAt, block_at: blockAt ?? null, published_at: publishedAt, languages };
}

export function settingsOfPolicy(body: StorePolicyRequest): PolicySettings {
  const { block_error: blockError, notice_content: noticeContent, notice_translations: noticeTranslations } = body;
  return {
    title: body.title,
    isRequiredAtRegistration: body.required_at_registration ?? false,
    notifiesGuests: body.notify_guests ?? false,
    ...(isGiven(blockError) && { blockError }),
    ...(isGiven(noticeContent) && { noticeContent }),
    ...(isGiven(noticeTranslations) && { noticeTranslations }),
  };
}

export function bodyOfConsent(consent: Consent): ConsentBody {
  return {
    user_id: consent.userId,
    policy: consent.policy,
    version: consent.version,
    language: consent.language ?? null,
    text_sha256: consent.textSha256.toString('hex'),
    accepted_at: consent.acceptedAt,
    address: consent.address,
    way: consent.way,
  };
}

/** The names of the columns, and a line of them. */
export const CONSENT_COLUMNS = [
  'user_id',
  'policy',
  'version',
  'language',
  'text_sha256',
  'accepted_at',
  'address',
  'way',
] as const;

export function csvOfConsent(consent: Consent): string {
  const body = { ...bodyOfConsent(consent), accepted_at: new Date(consent.acceptedAt).toISOString() };
  return `${CONSENT_COLUMNS.map((name) => quoted(String(body[name] ?? ''))).join(',')}\r\n`;
}

/** As RFC 4180 has it. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
function quoted(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) && !text.startsWith('@') ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
