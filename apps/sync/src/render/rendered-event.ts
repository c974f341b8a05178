/** An event as JSON, made once for everybody who gets it: all but what differs between them. */
export interface RenderedEvent {
  /** A redaction that has no effect is not shown. */
  readonly isShown: boolean;
  /** The event for clients, without `unsigned` and the closing brace. */
  readonly head: string;
  /** Members of `unsigned` that are the same for everybody, each with a comma behind it. */
  readonly unsigned: string;
  /** `prev_content` with a comma behind it, for whoever may see the event before; or empty. */
  readonly previousContent: string;
  readonly originServerTs: number;
  /** The event as servers have it, where it is redacted; else it is as stored. */
  readonly redactedPdu: string | undefined;
}

/** What differs between those who get an event. */
export interface EventRecipient {
  readonly now: number;
  /** Their membership at the event; nothing where it was not determined. */
  readonly membership: string | undefined;
  /** Where the event is their own device's. */
  readonly transactionId: string | undefined;
  readonly seesPrevious: boolean;
  /** `m.relations` as JSON, where they are told. */
  readonly relations?: string | undefined;
}

/** The event in the format for clients, as one recipient gets it. */
export function finishEvent(rendered: RenderedEvent, recipient: EventRecipient): string {
  const { now, membership, transactionId, seesPrevious, relations } = recipient;
  const previous = seesPrevious ? rendered.previousContent : '';
  const own = transactionId === undefined ? '' : `"transaction_id":${JSON.stringify(transactionId)},`;
  const there = membership === undefined ? '' : `"membership":${JSON.stringify(membership)},`;
  const related = relations === undefined ? '' : `"m.relations":${relations},`;
  const age = now - rendered.originServerTs;
  return `${rendered.head},"unsigned":{${rendered.unsigned}${previous}${own}${there}${related}"age":${age}}}`;
}
