import type { AuditEntry, AuditLog, AuditOutcome, AuditQuery, NewAuditEntry } from '@plexus/storage';

/** The audit log in memory. */
export class FakeAuditLog implements AuditLog {
  readonly entries: AuditEntry[] = [];

  async begin(entry: NewAuditEntry): Promise<number> {
    const entryId = this.entries.length + 1;
    this.entries.push({ ...entry, entryId, begunAt: entryId, outcome: undefined });
    return entryId;
  }

  async finish(entryId: number, outcome: AuditOutcome): Promise<void> {
    const entry = this.entries[entryId - 1];
    if (entry !== undefined) this.entries[entryId - 1] = { ...entry, outcome };
  }

  async list({ serverName, scope, administrator, target, before, limit }: AuditQuery): Promise<AuditEntry[]> {
    const found = this.entries.filter(
      (entry) =>
        (serverName === undefined || entry.serverName === serverName) &&
        (scope === undefined || entry.scope === scope) &&
        (administrator === undefined || entry.administrator === administrator) &&
        (target === undefined || Object.values(entry.target).includes(target)) &&
        (before === undefined || entry.entryId < before),
    );
    return found.toReversed().slice(0, limit);
  }
}
