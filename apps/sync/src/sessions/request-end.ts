/** Why a request is answered before there is something to tell. */
export type EndReason = 'gone' | 'replaced' | 'draining' | 'over';

/**
 * The end of one request's patience: its time is over, its device asks again, its client has gone, or the process stops. Each of them says so here,
 * and who waits is told.
 *
 * @NOTE In the place of signals, of which every request would need four: those of a waiting client take several KiB, and as much time as the rest of
 * its answer.
 */
export class RequestEnd {
  #reason: EndReason | undefined;
  #isGone = false;
  #listener: (() => void) | undefined;

  /** What ended it first; nothing as long as it goes on. */
  get reason(): EndReason | undefined {
    return this.#reason;
  }

  /** Nobody hears the answer, whatever ended the request first. */
  get isGone(): boolean {
    return this.#isGone;
  }

  reach(reason: EndReason): void {
    this.#reason ??= reason;
    if (reason === 'gone') this.#isGone = true;
    this.#listener?.();
  }

  /** Calls this at each reason from now on. A request does one thing after the other, so there is one who listens, or nobody. */
  listen(listener: (() => void) | undefined): void {
    this.#listener = listener;
  }
}
