import type { PlexusConfig, RunningService } from '@plexus/service-shell';

type Greeted = Pick<PlexusConfig, 'servers' | 'registration'>;

/** What a person who typed `npm start` wants to read: where it is, and what to do next. */
export function buildGreeting(config: Greeted, listeners: RunningService['listeners']): string {
  const address = addressOf(listeners);
  const names = config.servers.map((server) => server.server_name).join(', ');
  const hosted = names === '' ? 'hosts no server yet' : `hosts ${names}`;
  return `\nPlexus is running at ${address} and ${hosted}.\n${nextStep(config, address)}\nStop it with Ctrl-C.\n\n`;
}

/** @NOTE Plain HTTP first: a self-signed certificate is no way to begin. */
function addressOf(listeners: RunningService['listeners']): string {
  const open = listeners.filter(({ settings }) => settings.apis.includes('client'));
  const listener = open.find(({ settings }) => settings.tls === undefined) ?? open[0];
  const scheme = listener?.settings.tls === undefined ? 'http' : 'https';
  return `${scheme}://localhost:${listener?.addresses[0]?.port}`;
}

function nextStep({ servers, registration }: Greeted, address: string): string {
  const isOpen = servers.some((server) => server.registration.enabled ?? registration.enabled);
  if (!isOpen) return 'Next, make the first account: npm run plexus -- user create --admin alice';
  const body = '{"username":"alice","password":"wonderland","auth":{"type":"m.login.dummy"}}';
  return `Next, point a Matrix client at it and register, or:\n  curl -d '${body}' ${address}/_matrix/client/v3/register`;
}
