import type { EphemeralPublisher, Typing } from '../src/ephemeral/ephemeral-publisher.ts';

/** Keeps what was published. */
export class FakeEphemeralPublisher implements EphemeralPublisher {
  readonly typing: Typing[] = [];

  publishTyping(typing: Typing): void {
    this.typing.push(typing);
  }
}
