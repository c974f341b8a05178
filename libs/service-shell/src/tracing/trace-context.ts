/** A span of a trace that is recorded, as others name it. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
}

/** What W3C's `traceparent` says of its sender's span: its trace, and whether it is recorded. */
export interface ReceivedTrace extends TraceContext {
  readonly isRecorded: boolean;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Reads a `traceparent` (https://www.w3.org/TR/trace-context/#traceparent-header); nothing where it is none. */
export function parseTraceparent(text: string | undefined): ReceivedTrace | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = form.exec(text ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isRecorded: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function traceparentOf({ traceId, spanId }: TraceContext): string {
  return `00-${traceId}-${spanId}-01`;
}
