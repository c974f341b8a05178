import type { LogLevelRepository, SetLogLevel } from '@plexus/storage';

/** `LogLevelRepository` in memory, of one process. Times are of the epoch, as Postgres has them. */
export class FakeLogLevels implements LogLevelRepository {
  readonly #levels = new Map<string, SetLogLevel>();
  readonly #listeners = new Set<() => void>();

  list(): readonly SetLogLevel[] {
    return [...this.#levels.values()];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async setLevel({ service, level, forMs }: Parameters<LogLevelRepository['setLevel']>[0]): Promise<void> {
    this.put({ service, level, ...(forMs !== undefined && { expiresAt: Date.now() + forMs }) });
  }

  async removeLevel(service: string): Promise<boolean> {
    const wasSet = this.#levels.delete(service);
    this.#tell();
    return wasSet;
  }

  /** As if another process had set it. */
  put(level: SetLogLevel): void {
    this.#levels.set(level.service, level);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
