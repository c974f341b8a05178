import { InterceptingCall, ServerInterceptingCall } from '@grpc/grpc-js';
import type { Interceptor, ServerInterceptor } from '@grpc/grpc-js';
import { contextOfTrace, currentTraceparent, runInContext } from '@plexus/service-shell';
import type { LogContext } from '@plexus/service-shell';

const HEADER = 'traceparent';

/** Says with each call which trace it is part of. Not for streams, which outlive what opened them. */
export const sendTrace: Interceptor = (options, nextCall) => {
  const traceparent = currentTraceparent();
  const call = nextCall(options);
  if (traceparent === '' || options.method_definition.requestStream) return new InterceptingCall(call);
  return new InterceptingCall(call, {
    start: (metadata, listener, next) => {
      metadata.set(HEADER, traceparent);
      next(metadata, listener);
    },
  });
};

/** Handles each call as part of the trace that its caller names. */
export const receiveTrace: ServerInterceptor = (_method, call) => {
  let context: LogContext = {};
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: (metadata, deliver) => {
          context = contextOfTrace(metadata.get(HEADER)[0]?.toString() ?? '');
          deliver(metadata);
        },
        onReceiveMessage: (message, deliver) => runInContext(context, () => deliver(message)),
        onReceiveHalfClose: (deliver) => runInContext(context, deliver),
      }),
    sendStatus: (status, next) => {
      context.trace = undefined;
      next(status);
    },
  });
};
