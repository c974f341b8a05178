import { anyValue, list, object, optional } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** So many PDUs, and so many EDUs, are in one transaction at most. */
const MAX_PDUS = 50;
const MAX_EDUS = 100;

/** https://spec.matrix.org/v1.19/server-server-api/#put_matrixfederationv1sendtxnid */
export const incomingTransaction = new Shape(
  object({
    pdus: list(anyValue(), { maxItems: MAX_PDUS }),
    edus: optional(list(anyValue(), { maxItems: MAX_EDUS })),
  }),
);
export type IncomingTransaction = Described<typeof incomingTransaction.schema>;

/** What became of each PDU, by its event id. */
export interface TransactionAnswer {
  readonly pdus: Readonly<Record<string, { readonly errcode?: string; readonly error?: string }>>;
}
