import type { ServedEvent } from '../log/served-event.ts';
import type { RenderedEvent } from '../render/rendered-event.ts';

/** An event of a timeline, for one user. */
export interface TimelineEntry {
  readonly event: ServedEvent;
  readonly rendered: RenderedEvent;
  /** The user's membership at the event. */
  readonly membership: string;
}
