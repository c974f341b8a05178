import { findCurrentVersion } from '@plexus/policies';
import type { Clock } from '@plexus/matrix-base';
import type { NoticePolicy } from '@plexus/service-shell';
import type {
  HostedServer,
  HostedServers,
  NoticeRound,
  NoticeRoundRepository,
  NoticesTurns,
  Policies,
} from '@plexus/storage';

export interface AnnouncePoliciesPorts {
  readonly policies: Pick<Policies, 'list'>;
  readonly rounds: NoticeRoundRepository;
  readonly servers: Pick<HostedServers, 'find'>;
  readonly turns: NoticesTurns;
  readonly policyOf: (server: HostedServer) => NoticePolicy | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

export interface AnnouncementPace {
  /** How often `execute` is called, in milliseconds: well above the second in which every process learns of a policy. */
  readonly everyMs: number;
  /** How many users may come to be told in a second, of all replicas together. */
  readonly perSecond: number;
}

/**
 * Has the users looked after who were seen earlier on the day on which a version of a policy comes into force: that they are there is told of once a
 * day, and was told before.
 *
 *     a version is current ──► at the next look too: every replica knows it ──► users who were about within a day, some at each look
 */
export class AnnouncePolicies {
  readonly #ports: AnnouncePoliciesPorts;
  readonly #pace: AnnouncementPace;
  #current: ReadonlySet<number> = new Set();
  readonly #finished = new Set<number>();

  constructor(ports: AnnouncePoliciesPorts, pace: AnnouncementPace) {
    this.#ports = ports;
    this.#pace = pace;
  }

  async execute(): Promise<void> {
    const rounds = this.#rounds();
    const before = this.#current;
    this.#current = new Set(rounds.map(({ versionNid }) => versionNid));
    for (const versionNid of this.#finished) if (!this.#current.has(versionNid)) this.#finished.delete(versionNid);
    const due = rounds.filter(({ versionNid }) => before.has(versionNid) && !this.#finished.has(versionNid));
    if (due.length > 0) await this.#goThrough(due);
  }

  /** What is current and has a notice. */
  #rounds(): NoticeRound[] {
    const { policies, servers, policyOf, clock } = this.#ports;
    const now = clock.now();
    return policies.list().flatMap((policy) => {
      const { serverName, noticeContent } = policy;
      const server = servers.find(serverName);
      const isTold = serverName === '' || (server !== undefined && policyOf(server) !== undefined);
      const version = isTold && noticeContent !== undefined ? findCurrentVersion(policy, now) : undefined;
      return version === undefined ? [] : [{ versionNid: version.versionNid, serverName }];
    });
  }

  async #goThrough(due: readonly NoticeRound[]): Promise<void> {
    const { rounds, turns } = this.#ports;
    const finished = await rounds.findFinished(due.map(({ versionNid }) => versionNid));
    for (const versionNid of finished) this.#finished.add(versionNid);
    const open = due.filter(({ versionNid }) => !this.#finished.has(versionNid));
    const { everyMs, perSecond } = this.#pace;
    if (open.length === 0 || !(await turns.takeTurn('announcements', { firstMs: 0, everyMs }))) return;
    let left = Math.max(1, Math.round((perSecond * everyMs) / 1_000));
    for (const round of open) {
      left -= await this.#advance(round, left);
      if (left <= 0) return;
    }
  }

  /** Until so many more users are to be looked after. Returns how many those are. */
  async #advance(round: NoticeRound, wanted: number): Promise<number> {
    for (let added = 0; ;) {
      const progress = await this.#ports.rounds.advance(round, wanted);
      if (progress.outcome === 'elsewhere') return added;
      added += progress.added;
      if (progress.outcome === 'finished') this.#finished.add(round.versionNid);
      if (progress.outcome === 'finished' || added >= wanted) return added;
    }
  }
}
