import { heardLater } from '@plexus/matrix-base';
import type { AnswerKeys } from './answer-keys.ts';
import type { AnsweredEvent, PieceLimits, VerifiedPiece } from './event-lists.ts';
import type { KnownKey } from './known-keys.ts';

/** Who verifies: one piece after the other, in the order in which they are asked for. */
export interface PieceVerifier {
  verify(limits: PieceLimits, keys: readonly KnownKey[]): Promise<VerifiedPiece>;
}

/** Of so many bytes; that the last event exceeds them makes 512 KiB at most. */
const ENOUGH_BYTES = 448 * 1024;
/** The first piece is small: whoever takes it begins the sooner. */
const EVENTS = { first: 50, further: 225 };

/**
 * The events of an answer as pieces. Two are asked for at a time, so that whoever verifies goes on while the last piece is on its way here, and waits for
 * somebody who is busy: with the one that is being taken there are three.
 */
export class VerifiedPieces {
  readonly #verifier: PieceVerifier;
  readonly #keys: AnswerKeys;
  readonly #size: number;
  readonly #underWay: Promise<VerifiedPiece>[] = [];
  #lastKeys: Promise<unknown> = Promise.resolve();
  /** Events before this one have been given, or are asked for. */
  #asked = 0;
  #given = 0;

  constructor(verifier: PieceVerifier, keys: AnswerKeys, size: number) {
    this.#verifier = verifier;
    this.#keys = keys;
    this.#size = size;
  }

  get areAllGiven(): boolean {
    return this.#given >= this.#size;
  }

  /** The next events that stand the checks; none where all of a piece fail. Throws what the key ring throws. */
  async next(): Promise<readonly AnsweredEvent[]> {
    while (this.#underWay.length < 2 && this.#asked < this.#size) this.#ask();
    const piece = await this.#underWay.shift();
    if (piece === undefined) throw new RangeError('all pieces are given');
    this.#given = piece.next;
    // Pieces of many bytes hold fewer events than were asked for.
    this.#asked = piece.next + this.#underWay.length * EVENTS.further;
    return piece.events;
  }

  #ask(): void {
    const events = this.#asked === 0 ? EVENTS.first : EVENTS.further;
    this.#asked += events;
    const upTo = this.#asked;
    const keys = this.#lastKeys.then(() => this.#keys.takeUpTo(upTo));
    const piece = keys.then((known) => this.#verifier.verify({ events, enoughBytes: ENOUGH_BYTES }, known));
    this.#lastKeys = heardLater(keys);
    this.#underWay.push(heardLater(piece));
  }
}
