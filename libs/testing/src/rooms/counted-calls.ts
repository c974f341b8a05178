/** A fake whose calls are counted, and may be held back. */
export class CountedCalls {
  /** How many calls each reading method got. */
  readonly calls = new Map<string, number>();
  /** Awaited before each answer: a test may hold answers back, or fail them. */
  beforeAnswer: (() => Promise<void>) | undefined;

  totalCalls(): number {
    return [...this.calls.values()].reduce((sum, count) => sum + count, 0);
  }

  protected async called(name: string): Promise<void> {
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    await this.beforeAnswer?.();
  }
}
