import { anyObject, choice, integer, list, mapOf, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

const auditEntry = object({
  entry_id: integer(),
  begun_at: integer(),
  administrator: text(),
  server_name: text(),
  scope: choice(['deployment', 'server']),
  action: text(),
  target: mapOf(text()),
  details: anyObject(),
  address: text(),
  status: optional(integer()),
  errcode: optional(text()),
});
export type AuditEntryBody = Described<typeof auditEntry>;

/** `GET /_plexus/admin/v1/audit_log` */
export const auditLogQuery = new Shape(
  object({
    from: optional(integer({ minimum: 0 })),
    limit: optional(integer({ minimum: 1 })),
    administrator: optional(text()),
    target: optional(text()),
    server_name: optional(text()),
  }),
);
export const auditLogResponse = new Shape(object({ entries: list(auditEntry), next: optional(integer()) }));
export type AuditLogBody = Described<typeof auditLogResponse.schema>;
