import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Readiness } from './readiness.ts';

/** `/metrics`, `/health/live` (the event loop turns) and `/health/ready` (work can be taken). */
export function addOperationRoutes(fastify: FastifyInstance, registry: Registry, readiness: Readiness): void {
  fastify.get('/metrics', async (_request, reply) => {
    reply.header('Content-Type', registry.contentType);
    return registry.metrics();
  });
  fastify.get('/health/live', () => Promise.resolve({ status: 'alive' }));
  fastify.get('/health/ready', async (_request, reply) => {
    const { ready, problems } = await readiness.report();
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'unready', problems });
  });
}
