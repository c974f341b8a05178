import type { ShowSasCallbacks, VerificationRequest, Verifier } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { CryptoEvent, VerificationPhase, VerifierEvent } from 'matrix-js-sdk/lib/crypto-api/index.js';
import { expect, vi } from 'vitest';
import type { CryptoPerson } from './crypto-person.ts';

/** Two people compare what both of them are shown, and confirm it (https://spec.matrix.org/v1.19/client-server-api/#sas-method-emoji). */
export async function verifyByEmoji(one: CryptoPerson, other: CryptoPerson, roomId: string): Promise<void> {
  const received = nextRequest(other);
  const sent = await one.crypto.requestVerificationDM(other.userId, roomId);
  const request = await received;
  await request.accept();
  await untilPhase(sent, VerificationPhase.Ready);
  const verifier = await sent.startVerification('m.sas.v1');
  await untilPhase(request, VerificationPhase.Started);
  const { verifier: otherVerifier } = request;
  if (otherVerifier === undefined) throw new Error('the verification has not started');
  const [shown, otherShown] = [shownBy(verifier), shownBy(otherVerifier)];
  const done = Promise.all([verifier.verify(), otherVerifier.verify()]);
  const both = await Promise.all([shown, otherShown]);
  expect(both[0].sas.emoji).toEqual(both[1].sas.emoji);
  await Promise.all(both.map((sas) => sas.confirm()));
  await done;
}

function nextRequest(person: CryptoPerson): Promise<VerificationRequest> {
  return new Promise((resolve) => person.client.once(CryptoEvent.VerificationRequestReceived, resolve));
}

async function untilPhase(request: VerificationRequest, phase: VerificationPhase): Promise<void> {
  await vi.waitFor(() => expect(request.phase).toBe(phase), 60_000);
}

function shownBy(verifier: Verifier): Promise<ShowSasCallbacks> {
  return new Promise((resolve) => verifier.once(VerifierEvent.ShowSas, resolve));
}
