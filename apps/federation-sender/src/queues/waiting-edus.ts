import { encodeCanonicalString, isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import { mergeReceipts, receiptsIn } from './merge-receipts.ts';
import type { ReceiptOfEdu } from './merge-receipts.ts';

/** An EDU that may be lost. */
export interface WaitingEdu {
  readonly eduType: string;
  /** JSON. */
  readonly content: string;
}

const RECEIPT = 'm.receipt';
/** So many wait for one destination. */
const MOST = 200;
/** So many receipts are told when a destination comes back. */
const MOST_KEPT = 50;

/** EDUs that wait for one destination and may be lost: the last of each key, in the order in which the keys came. */
export class WaitingEdus {
  readonly #waiting = new Map<string, WaitingEdu>();

  get size(): number {
    return this.#waiting.size;
  }

  add(key: string, edu: WaitingEdu): void {
    this.#waiting.set(`${edu.eduType} ${key}`, edu);
    this.#forgetOldest(MOST);
  }

  /** Takes out up to so many EDUs, as they are sent; receipts go together. */
  take(most: number): string[] {
    const entries = [...this.#waiting];
    const receipts = entries.filter(([, { eduType }]) => eduType === RECEIPT);
    const groups = mergeReceipts(receipts.map(([key, { content }]) => [key, objectOf(content)])).slice(0, most);
    const others = entries.filter(([, { eduType }]) => eduType !== RECEIPT).slice(0, most - groups.length);
    for (const key of [...groups.flatMap(({ keys }) => keys), ...others.map(([name]) => name)])
      this.#waiting.delete(key);
    return [
      ...groups.map(({ content }) => textOf({ eduType: RECEIPT, content: JSON.stringify(content) })),
      ...others.map(([, edu]) => textOf(edu)),
    ];
  }

  /**
   * The destination is away, and has not got these EDUs: receipts are told when it comes back, as far as nothing newer waits. What else there is, is of
   * the past by then.
   */
  keepReceipts(untold: string): void {
    const newer = [...this.#waiting].filter(([, { eduType }]) => eduType === RECEIPT);
    this.#waiting.clear();
    for (const receipt of receiptsOf(untold)) this.#waiting.set(`${RECEIPT} ${keyOf(receipt)}`, receiptEdu(receipt));
    for (const [key, edu] of newer) this.#waiting.set(key, edu);
    this.#forgetOldest(MOST_KEPT);
  }

  #forgetOldest(most: number): void {
    for (const key of this.#waiting.keys()) {
      if (this.#waiting.size <= most) return;
      this.#waiting.delete(key);
    }
  }
}

/** Whether it is told to a destination that is away when that comes back. */
export function isLasting(eduType: string): boolean {
  return eduType === RECEIPT;
}

/** What there is one waiting receipt of at most. */
export function receiptKey(roomId: string, userId: string, threadId: string): string {
  return `${roomId} ${userId} ${threadId}`;
}

function receiptsOf(edus: string): ReceiptOfEdu[] {
  const parsed = parseJson(edus);
  const list = parsed.outcome === 'ok' && Array.isArray(parsed.value) ? parsed.value.filter(isJsonObject) : [];
  return list.flatMap(({ edu_type: eduType, content }) => {
    return eduType === RECEIPT && isJsonObject(content) ? receiptsIn(content) : [];
  });
}

function keyOf({ roomId, userId, receipt: { data } }: ReceiptOfEdu): string {
  const threadId = isJsonObject(data) ? data['thread_id'] : undefined;
  return receiptKey(roomId, userId, typeof threadId === 'string' ? threadId : '');
}

function receiptEdu({ roomId, receiptType, userId, receipt }: ReceiptOfEdu): WaitingEdu {
  return { eduType: RECEIPT, content: JSON.stringify({ [roomId]: { [receiptType]: { [userId]: receipt } } }) };
}

function textOf({ eduType, content }: WaitingEdu): string {
  return `{"content":${content},"edu_type":${encodeCanonicalString(eduType)}}`;
}

function objectOf(text: string): JsonObject {
  const parsed = parseJson(text);
  return parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : {};
}
