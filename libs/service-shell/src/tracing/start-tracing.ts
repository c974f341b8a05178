import type { Exception, Span, Tracer } from '@opentelemetry/api';
import type { TracingSettings } from '../config/sections/operation.ts';
import { redactText } from '../logging/redact-text.ts';
import type { StopHook } from '../shutdown/shutdown.ts';
import { setTracing } from './active-tracing.ts';
import type { ActiveTracing, BegunSpan, NewSpan } from './active-tracing.ts';
import type { TraceContext } from './trace-context.ts';

type Api = typeof import('@opentelemetry/api');

/**
 * Starts sending traces where an endpoint is configured. Nothing of OpenTelemetry is loaded otherwise. Only our own spans are made, and
 * whether a trace is recorded is decided before any object is made for it.
 */
export async function startTracing(settings: TracingSettings, serviceName: string): Promise<StopHook> {
  if (settings.otlp_endpoint === undefined) return () => undefined;
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { AlwaysOnSampler, BatchSpanProcessor } = await import('@opentelemetry/sdk-trace');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const api = await import('@opentelemetry/api');
  const exporter = new OTLPTraceExporter({ url: settings.otlp_endpoint });
  const sdk = new NodeSDK({
    serviceName,
    sampler: new AlwaysOnSampler(),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: settings.export_interval })],
    instrumentations: [],
  });
  sdk.start();
  setTracing(new OpenTelemetryTracing(api, api.trace.getTracer('plexus'), settings.sample_ratio));
  return async () => {
    setTracing(undefined);
    await sdk.shutdown();
    // The SDK leaves itself registered, and nothing else could be registered in this process.
    for (const global of [api.trace, api.context, api.propagation]) global.disable();
  };
}

class OpenTelemetryTracing implements ActiveTracing {
  readonly #api: Api;
  readonly #tracer: Tracer;
  readonly #ratio: number;

  constructor(api: Api, tracer: Tracer, ratio: number) {
    this.#api = api;
    this.#tracer = tracer;
    this.#ratio = ratio;
  }

  samples(): boolean {
    return Math.random() < this.#ratio;
  }

  begin({ name, kind = 'internal', attributes, startedAt }: NewSpan, parent: TraceContext | undefined): BegunSpan {
    const { ROOT_CONTEXT, SpanKind, trace } = this.#api;
    const kinds = {
      server: SpanKind.SERVER,
      client: SpanKind.CLIENT,
      producer: SpanKind.PRODUCER,
      consumer: SpanKind.CONSUMER,
      internal: SpanKind.INTERNAL,
    };
    const context =
      parent === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: this.#api.TraceFlags.SAMPLED, isRemote: true });
    const options = {
      kind: kinds[kind],
      ...(attributes !== undefined && { attributes }),
      ...(startedAt !== undefined && { startTime: startedAt }),
    };
    return new OpenTelemetrySpan(this.#tracer.startSpan(name, options, context), this.#api);
  }
}

class OpenTelemetrySpan implements BegunSpan {
  readonly context: TraceContext;
  readonly #span: Span;
  readonly #api: Api;

  constructor(span: Span, api: Api) {
    const { traceId, spanId } = span.spanContext();
    this.context = { traceId, spanId };
    this.#span = span;
    this.#api = api;
  }

  end({ attributes, error, endedAt }: Parameters<BegunSpan['end']>[0] = {}): void {
    if (attributes !== undefined) this.#span.setAttributes(attributes);
    if (error !== undefined) {
      this.#span.recordException(withoutSecrets(error));
      this.#span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    }
    this.#span.end(endedAt);
  }
}

/** As the logger writes it. */
function withoutSecrets(error: unknown): Exception {
  if (!(error instanceof Error)) return redactText(String(error));
  const { name, message, stack = '' } = error;
  return { name, message: redactText(message), stack: redactText(stack) };
}
