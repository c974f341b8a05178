import type { HierarchyPageRepository } from '@plexus/storage';

/** Pages of walks through spaces in memory. */
export class FakeHierarchyPages implements HierarchyPageRepository {
  readonly #pages = new Map<string, string>();

  async storePage({
    token,
    userId,
    walk,
  }: {
    readonly token: string;
    readonly userId: string;
    readonly walk: string;
  }): Promise<void> {
    this.#pages.set(`${userId} ${token}`, walk);
  }

  async findPage(token: string, userId: string): Promise<string | undefined> {
    return this.#pages.get(`${userId} ${token}`);
  }
}
