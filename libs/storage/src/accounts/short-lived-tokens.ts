/** `login`: of `m.login.token`. `openid`: tells others who a user is. `nonce`: of the registration with a shared secret. */
export type TokenPurpose = 'login' | 'openid' | 'nonce';

export interface ShortLivedToken {
  readonly purpose: TokenPurpose;
  /** SHA-256 of the token. */
  readonly tokenHash: Buffer;
  readonly userId: string | undefined;
}

export interface ShortLivedTokenReader {
  /** The user of a token that has not expired. */
  findTokenUser(purpose: TokenPurpose, tokenHash: Buffer): Promise<string | undefined>;
}

/** Tokens that live for minutes. Those of a deactivated user are gone. */
export interface ShortLivedTokenRepository extends ShortLivedTokenReader {
  addToken(token: ShortLivedToken, lifetimeMs: number): Promise<void>;
  /** Takes a token away; nothing where it is unknown, has expired or has been taken: it is good for one use. */
  takeToken(purpose: TokenPurpose, tokenHash: Buffer): Promise<ShortLivedToken | undefined>;
}
