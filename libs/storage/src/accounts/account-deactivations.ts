/**
 * The deactivation of an account (https://spec.matrix.org/v1.19/client-server-api/#account-deactivation): the account is closed at once, and a
 * job that any process takes up where another left it parts the user from all rooms and removes what is theirs.
 */
export interface AccountDeactivation {
  readonly userId: string;
  /** Whether the user wants to be forgotten. */
  readonly erase: boolean;
}

export interface AccountDeactivationRepository {
  /**
   * Takes password, devices, tokens, keys and profile (the latter to erase) of a user away and starts the job; nothing more happens where the user
   * has been deactivated, but to erase them now. Returns the hashes of the access tokens that went.
   */
  startDeactivation(deactivation: AccountDeactivation): Promise<readonly Buffer[]>;
  /** Takes an unfinished job that no living process works on; the claim lasts so many milliseconds and is renewed. */
  claimDeactivation(
    claimMs: number,
  ): Promise<{ readonly deactivation: AccountDeactivation; readonly claim: string } | undefined>;
  /** False where another process holds the claim now: then this one stops. */
  renewClaim(
    claim: string,
    progress: { readonly refusedDepartures?: number; readonly lastError?: string },
    claimMs: number,
  ): Promise<boolean>;
  /** Removes what is left of the user's own, and the job. */
  finishDeactivation(claim: string, userId: string): Promise<void>;
}
