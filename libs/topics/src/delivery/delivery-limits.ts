/** What a partition may hold and hand over at once. */
export interface DeliveryLimits {
  /** From so many waiting bytes on a partition takes no more; it takes more again below half of them. */
  readonly queuedBytes: number;
  readonly batchRecords: number;
  readonly batchBytes: number;
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
}

export const DEFAULT_DELIVERY_LIMITS: DeliveryLimits = {
  queuedBytes: 1024 * 1024,
  batchRecords: 500,
  batchBytes: 1024 * 1024,
  firstRetryMs: 50,
  lastRetryMs: 2_000,
};
