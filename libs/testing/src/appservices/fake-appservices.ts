import type {
  AppserviceChange,
  AppserviceRecord,
  AppserviceRepository,
  Appservices,
  AppserviceStoreOutcome,
  AppserviceToken,
  NewAppservice,
} from '@plexus/storage';

/** The application services in memory; `now` counts milliseconds as Postgres's clock would. */
export class FakeAppservices implements Appservices, AppserviceRepository {
  now = 1_000;
  revision = 1;
  readonly #listeners = new Set<() => void>();
  #list: readonly AppserviceRecord[] = [];

  list(): readonly AppserviceRecord[] {
    return this.#list;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async addAppservice({ tokenHash, ...appservice }: NewAppservice): Promise<AppserviceStoreOutcome> {
    if (this.#find(appservice.id) !== undefined) return 'id-in-use';
    if (this.#isTaken(appservice.id, tokenHash)) return 'token-in-use';
    this.#store({ ...appservice, tokens: [{ tokenHash }], version: 1, createdAt: this.now });
    return 'stored';
  }

  async changeAppservice(id: string, { token, ...change }: AppserviceChange): Promise<AppserviceStoreOutcome> {
    const found = this.#find(id);
    if (found === undefined) return 'unknown';
    if (token !== undefined && this.#isTaken(id, token.tokenHash)) return 'token-in-use';
    const changed = { ...found, ...change, tokens: token === undefined ? found.tokens : this.#replace(found, token) };
    if (JSON.stringify(changed) !== JSON.stringify(found)) this.#store({ ...changed, version: found.version + 1 });
    return 'stored';
  }

  async removeAppservice(id: string): Promise<boolean> {
    const isThere = this.#find(id) !== undefined;
    if (isThere) this.#show(this.#list.filter((record) => record.id !== id));
    return isThere;
  }

  #replace(
    { tokens }: AppserviceRecord,
    { tokenHash, overlapMs }: { readonly tokenHash: Buffer; readonly overlapMs: number },
  ): readonly AppserviceToken[] {
    const current = tokens.find(({ expiresAt }) => expiresAt === undefined);
    if (current?.tokenHash.equals(tokenHash) === true) return tokens;
    const former = tokens.map((token) => ({ expiresAt: this.now + overlapMs, ...token }));
    const left = former.filter((token) => token.expiresAt > this.now && !token.tokenHash.equals(tokenHash));
    return [{ tokenHash }, ...left];
  }

  #find(id: string): AppserviceRecord | undefined {
    return this.#list.find((record) => record.id === id);
  }

  #isTaken(id: string, tokenHash: Buffer): boolean {
    return this.#list.some(
      (record) => record.id !== id && record.tokens.some((one) => one.tokenHash.equals(tokenHash)),
    );
  }

  #store(record: AppserviceRecord): void {
    const others = this.#list.filter(({ id }) => id !== record.id);
    this.#show([...others, record].sort((a, b) => (a.id < b.id ? -1 : 1)));
  }

  #show(list: readonly AppserviceRecord[]): void {
    this.#list = list;
    this.revision += 1;
    for (const listener of this.#listeners) listener();
  }
}
