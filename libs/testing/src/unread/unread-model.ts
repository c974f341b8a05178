import { buildPredefinedPushRules, compilePushRules, evaluatePushRules, PushEventView } from '@plexus/room-dag';
import type { CompiledPushRules, PushRuleset, RoomEvent, UnreadCounts } from '@plexus/room-dag';

interface ModelEvent {
  readonly position: number;
  readonly event: RoomEvent;
  readonly threadId: string | undefined;
  readonly senderPowerLevel: number;
}

interface ModelMark {
  readonly userId: string;
  readonly threadId: string;
  readonly position: number;
}

const SOMEBODY = '@somebody:else.example';

/** Unread counts as the specification tells them, without any shortcut: each user's rules are evaluated for each event of the room. */
export class UnreadModel {
  readonly #events: ModelEvent[] = [];
  readonly #marks: ModelMark[] = [];
  readonly #rules = new Map<string, CompiledPushRules>();
  readonly #ignored = new Map<string, ReadonlySet<string>>();

  /** The rules of a user; else they have the predefined ones. */
  setRules(userId: string, ruleset: PushRuleset): void {
    this.#rules.set(userId, compilePushRules(ruleset));
  }

  /** Whom a user ignores: what these say is kept from them. */
  setIgnored(userId: string, ignored: ReadonlySet<string>): void {
    this.#ignored.set(userId, ignored);
  }

  /** An event of the room; `arrives` where its sender joins with it. */
  add(added: ModelEvent, { arrives = false } = {}): void {
    const { event, position, threadId } = added;
    this.#events.push(added);
    const userId = event.sender;
    if (arrives) this.#marks.push({ userId, threadId: '', position });
    else if (this.#evaluate(added, SOMEBODY)?.notifies === true)
      this.#marks.push({ userId, threadId: threadId ?? 'main', position });
  }

  /** A receipt of an event at this position. */
  read(userId: string, { threadId, position }: { readonly threadId: string; readonly position: number }): void {
    this.#marks.push({ userId, threadId, position });
  }

  count(userId: string): UnreadCounts {
    const main = { notify: 0, highlight: 0 };
    const threads = new Map<string, { notify: number; highlight: number }>();
    for (const event of this.#events) {
      if (event.event.stateKey === undefined && this.#ignored.get(userId)?.has(event.event.sender) === true) continue;
      const effect = this.#evaluate(event, userId);
      if (effect?.notifies !== true || this.#hasRead(userId, event)) continue;
      const { threadId } = event;
      const count = threadId === undefined ? main : (threads.get(threadId) ?? { notify: 0, highlight: 0 });
      if (threadId !== undefined) threads.set(threadId, count);
      count.notify += 1;
      if (effect.highlights) count.highlight += 1;
    }
    return { main, threads };
  }

  #hasRead(userId: string, { position, threadId = 'main' }: ModelEvent): boolean {
    return this.#marks.some(
      (mark) =>
        mark.userId === userId && mark.position >= position && (mark.threadId === '' || mark.threadId === threadId),
    );
  }

  #evaluate({ event, senderPowerLevel }: ModelEvent, userId: string): ReturnType<typeof evaluatePushRules> {
    const rules = this.#rules.get(userId) ?? compilePushRules(buildPredefinedPushRules(userId));
    this.#rules.set(userId, rules);
    return evaluatePushRules(rules, new PushEventView(event), {
      userId,
      displayName: undefined,
      memberCount: 3,
      senderPowerLevel,
      requiredNotificationLevel: () => 50,
    });
  }
}
