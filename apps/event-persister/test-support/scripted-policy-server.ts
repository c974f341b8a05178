import { isJsonObject, SigningKey } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { PolicyAnswer, PolicyAsker, PolicyQuestion } from '@plexus/pdu-checks';
import { findPolicySignature, POLICY_KEY_ID, signEvent } from '@plexus/room-dag';

/** A policy server that signs, unless it is told otherwise, and that answers when it is let. */
export class ScriptedPolicyServer implements PolicyAsker {
  readonly asked: PolicyQuestion[] = [];
  readonly serverName: string;
  /** Answers instead of a signature. */
  answer: Exclude<PolicyAnswer, { outcome: 'signed' }> | undefined;
  key: SigningKey;
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(serverName: string) {
    this.serverName = serverName;
    this.key = new SigningKey(POLICY_KEY_ID, Buffer.alloc(32, 7));
  }

  /** What a room's state says of it. */
  get content(): JsonObject {
    return { via: this.serverName, public_keys: { ed25519: this.key.publicKey } };
  }

  /** Answers nobody until the returned function is called. */
  hold(): () => void {
    this.#gate = Promise.withResolvers();
    const { resolve } = this.#gate;
    return () => {
      this.#gate = undefined;
      resolve();
    };
  }

  async ask(question: PolicyQuestion): Promise<PolicyAnswer> {
    this.asked.push(question);
    await this.#gate?.promise;
    if (this.answer !== undefined) return this.answer;
    return { outcome: 'signed', signature: this.sign(question.event) };
  }

  sign(event: PolicyQuestion['event']): string {
    const { pdu } = signEvent(event, [{ serverName: this.serverName, key: this.key }]).event;
    const signature = findPolicySignature(pdu['signatures'], this.serverName);
    if (signature === undefined) throw new Error('the event was signed just now');
    return signature;
  }

  hasSigned(json: Buffer | undefined): boolean {
    const pdu: unknown = JSON.parse(json?.toString() ?? '{}');
    return isJsonObject(pdu) && findPolicySignature(pdu['signatures'], this.serverName) !== undefined;
  }
}
