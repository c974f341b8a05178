import { anyObject, choice, flag, integer, list, mapOf, nullable, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** As BCP 47 has it, without extensions: `en`, `pt-BR`. */
const language = text({ pattern: '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$', maxLength: 35 });
const versionName = text({ pattern: '^[^/\\\\\\u0000-\\u001f]{1,100}$' });
const MAX_DOCUMENT = 262_144;

const document = object({
  language,
  /** `policy` where nothing is said. */
  purpose: optional(choice(['policy', 'success'])),
  format: choice(['markdown', 'html']),
  title: optional(text({ pattern: '^[^\\u0000]{1,200}$' })),
  source: text({ pattern: '^[^\\u0000]+$', maxLength: MAX_DOCUMENT }),
});
export type PolicyDocumentBody = Described<typeof document>;

/** `PUT /_plexus/admin/v1/policies/{server}/{name}`. */
export const storePolicyRequest = new Shape(
  object({
    title: text({ pattern: '^[^\\u0000]{1,200}$' }),
    required_at_registration: optional(flag()),
    block_error: optional(nullable(text({ pattern: '^[^\\u0000]+$', maxLength: 2_000 }))),
    notice_content: optional(nullable(anyObject())),
    notice_translations: optional(nullable(mapOf(anyObject()))),
    notify_guests: optional(flag()),
  }),
);
export type StorePolicyRequest = Described<typeof storePolicyRequest.schema>;

/** `POST …/versions`. */
export const publishVersionRequest = new Shape(
  object({
    version: versionName,
    /** Milliseconds since the epoch, as all times. */
    effective_at: optional(integer({ minimum: 0, maximum: 8_640_000_000_000_000 })),
    block_at: optional(nullable(integer({ minimum: 0, maximum: 8_640_000_000_000_000 }))),
    documents: list(document, { maxItems: 200 }),
  }),
);
export type PublishVersionRequest = Described<typeof publishVersionRequest.schema>;

/** `PUT …/versions/{version}`. */
export const changeVersionRequest = new Shape(
  object({ block_at: nullable(integer({ minimum: 0, maximum: 8_640_000_000_000_000 })) }),
);

const version = object({
  version: text(),
  effective_at: integer(),
  block_at: nullable(integer()),
  published_at: integer(),
  languages: list(text()),
});
export type PolicyVersionBody = Described<typeof version>;

const policy = object({
  /** Null: of the deployment. */
  server_name: nullable(text()),
  name: text(),
  origin: choice(['configuration', 'admin-api']),
  title: text(),
  required_at_registration: flag(),
  block_error: nullable(text()),
  notice_content: nullable(anyObject()),
  notice_translations: nullable(mapOf(anyObject())),
  notify_guests: flag(),
  versions: list(version),
});
export type PolicyBody = Described<typeof policy>;
export const policyResponse = new Shape(policy);
export const policiesResponse = new Shape(object({ policies: list(policy) }));
export const policiesQuery = new Shape(object({ server_name: optional(text()) }));

export const policyVersionResponse = new Shape(
  object({
    version,
    documents: list(
      object({
        language: text(),
        purpose: text(),
        format: text(),
        title: nullable(text()),
        source: text(),
        sha256: text(),
      }),
    ),
  }),
);
export type PolicyVersionResponse = Described<typeof policyVersionResponse.schema>;

const consent = object({
  user_id: text(),
  policy: text(),
  version: text(),
  language: nullable(text()),
  text_sha256: text(),
  accepted_at: integer(),
  address: text(),
  way: choice(['page', 'registration']),
});
export type ConsentBody = Described<typeof consent>;
export const consentsResponse = new Shape(object({ consents: list(consent) }));
export const consentsQuery = new Shape(
  object({ server_name: optional(text()), format: optional(choice(['jsonl', 'csv'])) }),
);
