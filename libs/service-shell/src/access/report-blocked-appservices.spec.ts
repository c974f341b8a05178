import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import type { LogFields, Logger } from '../logging/logger.ts';
import { reportBlockedAppservices } from './report-blocked-appservices.ts';

it('counts and logs by the id of the application service, under the label that all metrics of these have', async () => {
  const registry = new Registry();
  const lines: (LogFields | undefined)[] = [];
  const log = (_message: string, fields?: LogFields): void => void lines.push(fields);
  const logger: Logger = { error: log, warn: log, info: log, debug: log, child: () => logger };
  const report = reportBlockedAppservices(registry, logger);
  report('irc', '192.0.2.7');
  report('irc', '192.0.2.8');
  expect(await registry.metrics()).toContain('plexus_appservice_blocked_requests_total{service="irc"} 2');
  expect(lines[0]).toEqual({ appservice: 'irc', clientAddress: '192.0.2.7' });
});
