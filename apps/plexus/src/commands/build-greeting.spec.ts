import { expect, it } from 'vitest';
import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import type { PlexusConfig, RunningService } from '@plexus/service-shell';
import { buildGreeting } from './build-greeting.ts';

function greet(yaml: string): string {
  const config = loadConfigText(yaml, readEnvironment({}));
  return buildGreeting(config, listenersOf(config));
}

function listenersOf({ listeners }: PlexusConfig): RunningService['listeners'] {
  return listeners.map((settings) => ({
    settings,
    addresses: [{ address: '127.0.0.1', family: 'IPv4', port: settings.port }],
  }));
}

it('names the address and the hosted servers, and how to register', () => {
  const text = greet(
    'servers: [{ server_name: one.example }]\nregistration: { enabled: true }\nlisteners: [{ port: 9 }]',
  );
  expect(text).toContain('running at http://localhost:9 and hosts one.example.');
  expect(text).toContain("curl -d '{");
  expect(text).toContain('http://localhost:9/_matrix/client/v3/register');
});

it('names the command for the first account where nobody may register', () => {
  const text = greet('servers: [{ server_name: one.example }]\nlisteners: [{ port: 9 }]');
  expect(text).toContain('npm run plexus -- user create --admin alice');
});

it('prefers plain HTTP, and a listener that has the client API', () => {
  const text = greet('servers: []\nlisteners: [{ port: 1, tls: {} }, { port: 2, apis: [admin] }, { port: 3 }]');
  expect(text).toContain('http://localhost:3 and hosts no server yet');
});
