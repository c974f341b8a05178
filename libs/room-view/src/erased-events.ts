import { isErasedFor, redactEvent } from '@plexus/room-dag';
import type { ErasedUserReader } from '@plexus/storage';
import type { ShownEvent } from './redaction-reader.ts';
import type { EventView } from './visibility-reader.ts';

/** An event, and how its reader has it. */
export interface SeenEvent {
  readonly sender: string;
  readonly stateKey: string | undefined;
  /** The reader's membership at the event. */
  readonly membership: string;
}

/** Finds out what readers get redacted because its sender was erased. Nothing is looked up for those who were in the room all the time. */
export class ErasedEvents {
  readonly #users: ErasedUserReader;

  constructor(users: ErasedUserReader) {
    this.#users = users;
  }

  /** Those of the events that are erased for their reader. */
  async find<T extends SeenEvent>(events: readonly T[]): Promise<ReadonlySet<T>> {
    const unsure = events.filter((event) => isErasedFor(event, { wasJoined: event.membership === 'join' }));
    if (unsure.length === 0) return new Set();
    const erased = await this.#users.findErasedUsers([...new Set(unsure.map(({ sender }) => sender))]);
    return new Set(unsure.filter(({ sender }) => erased.has(sender)));
  }

  /** The events as their reader gets them, who has each by the view in the same place. */
  async apply(shown: readonly ShownEvent[], views: readonly EventView[]): Promise<readonly ShownEvent[]> {
    const seen = shown.flatMap((there, index) => {
      const view = views[index];
      if (view?.isVisible !== true) return [];
      const { sender, stateKey } = there.event;
      return [{ index, sender, stateKey, membership: view.membership }];
    });
    const erased = new Set([...(await this.find(seen))].map(({ index }) => index));
    if (erased.size === 0) return shown;
    return shown.map((there, index) => {
      return erased.has(index) ? { ...there, event: redactEvent(there.event).event, isErased: true } : there;
    });
  }
}
