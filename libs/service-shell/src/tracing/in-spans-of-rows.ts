import { beginSpan } from './with-span.ts';
import type { TracedRow } from './traced-rows.ts';

/** Does something within a span in the trace of each of these rows: what goes out of them together. The spans say what came of it. */
export async function inSpansOfRows<T extends { readonly outcome: string }>(
  name: string,
  rows: readonly Pick<TracedRow, 'traceparent'>[],
  work: () => Promise<T>,
): Promise<T> {
  const spans = rows.flatMap(({ traceparent }) => beginSpan({ name, kind: 'client', traceparent }) ?? []);
  const result = await work();
  for (const span of spans) span.end({ attributes: { 'plexus.outcome': result.outcome } });
  return result;
}
