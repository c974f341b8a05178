import type { Requester } from '@plexus/service-shell';
import type { DeactivateAccount } from '../accounts/deactivate-account.ts';
import type { FindAdministeredUser } from './find-administered-user.ts';
import type { Deactivation } from './modify-user.ts';

/** Closes an account on an administrator's word, with all that its user's own deactivation entails. */
export class DeactivateUser implements Deactivation {
  readonly #findUser: FindAdministeredUser;
  readonly #deactivateAccount: Pick<DeactivateAccount, 'deactivate'>;

  constructor(findUser: FindAdministeredUser, deactivateAccount: Pick<DeactivateAccount, 'deactivate'>) {
    this.#findUser = findUser;
    this.#deactivateAccount = deactivateAccount;
  }

  async execute(requester: Requester, userId: string, { erase }: { readonly erase: boolean }): Promise<void> {
    await this.#findUser.toChange(requester, userId);
    await this.#deactivateAccount.deactivate({ userId, erase });
  }
}
