import type { TracingSettings } from '../config/sections/operation.ts';
import type { StopHook } from '../shutdown/shutdown.ts';
import { setTracing } from './with-span.ts';

/**
 * Starts sending traces where an endpoint is configured. Nothing of OpenTelemetry is loaded otherwise. Only our own spans are made, and
 * the sampler decides before a span object exists.
 */
export async function startTracing(settings: TracingSettings, serviceName: string): Promise<StopHook> {
  if (settings.otlp_endpoint === undefined) return () => undefined;
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } = await import('@opentelemetry/sdk-trace');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { context, propagation, trace } = await import('@opentelemetry/api');
  const exporter = new OTLPTraceExporter({ url: settings.otlp_endpoint });
  const sdk = new NodeSDK({
    serviceName,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.sample_ratio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
    instrumentations: [],
  });
  sdk.start();
  setTracing({
    tracer: trace.getTracer(serviceName),
    findTraceId: () => trace.getActiveSpan()?.spanContext().traceId,
  });
  return async () => {
    setTracing(undefined);
    await sdk.shutdown();
    // The SDK leaves itself registered, and nothing else could be registered in this process.
    for (const api of [trace, context, propagation]) api.disable();
  };
}
