/** The event is not valid and is not processed at all: checks 1 and 2 on receipt of a PDU. `rule` is a stable name. */
export interface Drop {
  readonly outcome: 'drop';
  readonly rule: string;
  readonly because: string;
}

/** Builds the outcome of a failed check. */
export function drop(rule: string, because: string): Drop {
  return { outcome: 'drop', rule, because };
}
