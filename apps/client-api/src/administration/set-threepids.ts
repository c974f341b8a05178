import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import type { StoredThreepid, ThreepidRepository } from '@plexus/storage';
import { canonicalEmail } from '../threepids/email-address.ts';

/** A third-party id as an administrator writes it. */
export interface WrittenThreepid {
  readonly medium: string;
  readonly address: string;
}

/** Makes the administrative contacts of a user those that an administrator names, on their word that they are the user's. */
export class SetThreepids {
  readonly #threepids: ThreepidRepository;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(threepids: ThreepidRepository, clock: Pick<Clock, 'now'>) {
    this.#threepids = threepids;
    this.#clock = clock;
  }

  list(userId: string): Promise<StoredThreepid[]> {
    return this.#threepids.listThreepids(userId);
  }

  /** Throws 400 for what is no email address, and 409 for one of another user. */
  async execute(userId: string, written: readonly WrittenThreepid[]): Promise<void> {
    const wanted = written.map(emailOf);
    const former = await this.#threepids.listThreepids(userId);
    for (const threepid of wanted) {
      const added = await this.#threepids.addThreepid(userId, { ...threepid, validatedAt: this.#clock.now() });
      if (!added) throw new MatrixError('M_THREEPID_IN_USE', 409, 'The third-party id is another user’s');
    }
    const addresses = new Set(wanted.map(({ address }) => address));
    for (const threepid of former.filter(({ address }) => !addresses.has(address))) {
      await this.#threepids.removeThreepid(userId, threepid);
    }
  }

  /** The user of a hosted server whose contact it is. */
  find(serverName: string, written: WrittenThreepid): Promise<string | undefined> {
    return this.#threepids.findThreepidUser(serverName, emailOf(written));
  }
}

function emailOf({ medium, address }: WrittenThreepid): { readonly medium: 'email'; readonly address: string } {
  if (medium === 'email') return { medium, address: canonicalEmail(address) };
  throw new MatrixError('M_THREEPID_MEDIUM_NOT_SUPPORTED', 400, 'Only email addresses are kept');
}
