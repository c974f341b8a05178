import { serverNameOf } from '@plexus/matrix-base';
import type { NoticeRound, NoticeRoundRepository, RoundProgress } from '@plexus/storage';
import type { FakeNoticeDeliveries } from './fake-notice-deliveries.ts';

interface KeptRound {
  goneTo: string;
  isFinished: boolean;
}

/** Rounds over users in memory, who are added to the checks of these deliveries. */
export class FakeNoticeRounds implements NoticeRoundRepository {
  readonly #checks: Pick<FakeNoticeDeliveries, 'remember'>;
  readonly #users: () => readonly string[];
  readonly #wereAbout: ReadonlySet<string>;
  readonly #rounds = new Map<number, KeptRound>();

  /** `wereAbout`: those of the users who were seen within a day. */
  constructor(
    checks: Pick<FakeNoticeDeliveries, 'remember'>,
    users: () => readonly string[],
    wereAbout: ReadonlySet<string>,
  ) {
    this.#checks = checks;
    this.#users = users;
    this.#wereAbout = wereAbout;
  }

  async findFinished(versionNids: readonly number[]): Promise<number[]> {
    return versionNids.filter((versionNid) => this.#rounds.get(versionNid)?.isFinished === true);
  }

  async advance({ versionNid, serverName }: NoticeRound, limit: number): Promise<RoundProgress> {
    const round = this.#rounds.get(versionNid) ?? { goneTo: '', isFinished: false };
    this.#rounds.set(versionNid, round);
    if (round.isFinished) return { outcome: 'finished', added: 0 };
    const walked = this.#users()
      .filter((userId) => userId > round.goneTo && (serverName === '' || serverNameOf(userId) === serverName))
      .toSorted()
      .slice(0, limit);
    const added = walked.filter((userId) => this.#wereAbout.has(userId));
    this.#checks.remember(added);
    round.goneTo = walked.at(-1) ?? round.goneTo;
    round.isFinished = walked.length < limit;
    return { outcome: round.isFinished ? 'finished' : 'more', added: added.length };
  }
}
