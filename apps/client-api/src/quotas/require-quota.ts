import { MatrixError } from '@plexus/matrix-base';
import type { HostedServers, UserRepository } from '@plexus/storage';
import type { ExceededQuota, QuotaBoard, QuotaRules } from './quota-board.ts';

export interface RequireQuotaPorts {
  readonly servers: Pick<HostedServers, 'find'>;
  readonly users: Pick<UserRepository, 'countOpenUsers'>;
  readonly board: Pick<QuotaBoard, 'findExceeded'>;
}

/** Refuses what a hosted server may not use any more, with 403 `M_RESOURCE_LIMIT_EXCEEDED` (https://spec.matrix.org/v1.19/client-server-api/#common-error-codes). */
export class RequireQuota {
  readonly #ports: RequireQuotaPorts;
  readonly #rules: QuotaRules;

  constructor(ports: RequireQuotaPorts, rules: QuotaRules) {
    this.#ports = ports;
    this.#rules = rules;
  }

  /** Whether users of the server may send. */
  requireSending(serverName: string): void {
    const exceeded = this.#ports.board.findExceeded(serverName);
    if (exceeded !== undefined) throw this.#errorOf(serverName, exceeded);
  }

  /** Whether the server may have one more account. @NOTE Accounts that are made at the same moment may be as many too many. */
  async requireUser(serverName: string): Promise<void> {
    const server = this.#ports.servers.find(serverName);
    const most = server && this.#rules.quotasOf(server.settings).users;
    if (most === undefined) return;
    if (most > 0 && (await this.#ports.users.countOpenUsers(serverName, most)) < most) return;
    throw this.#errorOf(serverName, 'max_users');
  }

  #errorOf(serverName: string, quota: ExceededQuota): MatrixError {
    const server = this.#ports.servers.find(serverName);
    const contact = server && this.#rules.contactOf(server.settings);
    return new MatrixError('M_RESOURCE_LIMIT_EXCEEDED', 403, MESSAGES[quota], {
      limit_type: quota,
      admin_contact: contact ?? NOBODY,
    });
  }
}

/** @NOTE The specification asks for a contact in any case; an empty one says that there is none. */
const NOBODY = '';

const MESSAGES: Readonly<Record<ExceededQuota, string>> = {
  max_users: 'This server has as many accounts as it may have',
  max_event_bytes: 'This server stores as much as it may store',
  max_monthly_traffic_bytes: 'This server has sent and received as much as it may in a month',
};
