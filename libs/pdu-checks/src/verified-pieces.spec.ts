import type { KeyRing } from '@plexus/remote-servers';
import { expect, it } from 'vitest';
import { AnswerKeys } from './answer-keys.ts';
import type { VerifiedPiece } from './event-lists.ts';
import { VerifiedPieces } from './verified-pieces.ts';
import type { PieceVerifier } from './verified-pieces.ts';

const keyRing: Pick<KeyRing, 'findKeys'> = { findKeys: async () => new Map() };

/** Answers when it is told to. */
class SlowVerifier implements PieceVerifier {
  readonly asked: number[] = [];
  readonly #waiting: PromiseWithResolvers<VerifiedPiece>[] = [];

  verify({ events }: { readonly events: number }): Promise<VerifiedPiece> {
    const asked = Promise.withResolvers<VerifiedPiece>();
    this.asked.push(events);
    this.#waiting.push(asked);
    return asked.promise;
  }

  answer(next: number): void {
    this.#waiting.shift()?.resolve({ events: [], next });
  }

  fail(error: Error): void {
    this.#waiting.shift()?.reject(error);
  }
}

function open(size: number): { readonly verifier: SlowVerifier; readonly pieces: VerifiedPieces } {
  const verifier = new SlowVerifier();
  return { verifier, pieces: new VerifiedPieces(verifier, new AnswerKeys([], keyRing), size) };
}

async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

it('asks for the next piece while one is on its way, the first of them a small one', async () => {
  const { verifier, pieces } = open(1_000);
  const first = pieces.next();
  await settled();
  expect(verifier.asked).toEqual([50, 225]);
  verifier.answer(50);
  await first;
  const second = pieces.next();
  await settled();
  expect(verifier.asked).toEqual([50, 225, 225]);
  verifier.answer(275);
  await second;
  expect(pieces.areAllGiven).toBe(false);
});

it('goes on where pieces hold fewer events than were asked for, until all are given', async () => {
  const { verifier, pieces } = open(120);
  const ends = [20, 60, 90, 120];
  for (const end of ends) {
    const next = pieces.next();
    await settled();
    verifier.answer(end);
    await next;
  }
  expect(pieces.areAllGiven).toBe(true);
  await expect(pieces.next()).rejects.toThrow(RangeError);
});

it('gives nothing of an answer without events', () => {
  expect(open(0).pieces.areAllGiven).toBe(true);
});

it('fails with the piece that fails, and leaves no other failure unheard', async () => {
  const { verifier, pieces } = open(1_000);
  const first = pieces.next();
  await settled();
  verifier.fail(new Error('the thread ended'));
  verifier.fail(new Error('the thread ended'));
  await expect(first).rejects.toThrow('the thread ended');
  await settled();
});
