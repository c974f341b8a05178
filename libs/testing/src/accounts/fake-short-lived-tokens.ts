import type { ShortLivedToken, ShortLivedTokenRepository, TokenPurpose } from '@plexus/storage';

/** Tokens that are used once, in memory. */
export class FakeShortLivedTokens implements ShortLivedTokenRepository {
  readonly #tokens = new Map<string, ShortLivedToken>();

  async addToken(token: ShortLivedToken): Promise<void> {
    this.#tokens.set(keyOf(token.purpose, token.tokenHash), token);
  }

  async findTokenUser(purpose: TokenPurpose, tokenHash: Buffer): Promise<string | undefined> {
    return this.#tokens.get(keyOf(purpose, tokenHash))?.userId;
  }

  async takeToken(purpose: TokenPurpose, tokenHash: Buffer): Promise<ShortLivedToken | undefined> {
    const key = keyOf(purpose, tokenHash);
    const token = this.#tokens.get(key);
    this.#tokens.delete(key);
    return token;
  }
}

function keyOf(purpose: TokenPurpose, tokenHash: Buffer): string {
  return `${purpose} ${tokenHash.toString('hex')}`;
}
