import type { AskFederation } from '@plexus/federation-sender';
import type { HostedServer, HostedServerKeys } from '@plexus/storage';
import type { AskWeb } from './ask-web.ts';
import type { Finding } from './finding.ts';
import { fault, good, warning } from './finding.ts';

export interface CheckServerPorts {
  readonly askWeb: AskWeb;
  readonly askFederation: AskFederation;
  readonly keys: HostedServerKeys;
  /** Whether the server exchanges anything with others. */
  federates(serverName: string): boolean;
}

/** Whether clients and other servers find a hosted server under its name, and meet this deployment there. */
export async function checkServer(server: HostedServer, ports: CheckServerPorts): Promise<readonly Finding[]> {
  const subject = `server ${server.serverName}`;
  if (server.status !== 'active') {
    return [warning(subject, `it is ${server.status}`, 'resume it with `plexus server resume`, if that is not meant')];
  }
  const [clients, others] = await Promise.all([
    checkForClients(server, ports.askWeb),
    ports.federates(server.serverName) ? checkForServers(server, ports) : [],
  ]);
  const found = [...clients, ...others];
  return found.length === 0 ? [good(subject, 'clients and other servers find it')] : found;
}

/** https://spec.matrix.org/v1.19/client-server-api/#server-discovery */
async function checkForClients({ serverName, settings }: HostedServer, askWeb: AskWeb): Promise<Finding[]> {
  const subject = `server ${serverName}`;
  const { publicBaseUrl } = settings;
  if (publicBaseUrl === undefined) {
    return [warning(subject, 'it has no public URL', 'set `public_baseurl`: clients cannot be led here by its name')];
  }
  const found: Finding[] = [];
  const base = publicBaseUrl.replace(/\/$/, '');
  const versions = await tryTo(() => askWeb(`${base}/_matrix/client/versions`));
  if (typeof versions === 'string') found.push(fault(subject, versions, REACH_ADVICE));
  else if (versions.status !== 200 || !Array.isArray(versions.body?.['versions'])) {
    const text = `${base}/_matrix/client/versions answers ${versions.status} and no versions`;
    found.push(fault(subject, text, 'let your proxy send `/_matrix/client` there to `client-api` and `sync`'));
  }
  if (new URL(base).host === serverName) return found;
  const url = `https://${serverName}/.well-known/matrix/client`;
  const document = await tryTo(() => askWeb(url));
  if (typeof document === 'string') return [...found, warning(subject, document, WELL_KNOWN_ADVICE)];
  const told = baseUrlIn(document.body);
  if (told === undefined) {
    return [...found, warning(subject, `${url} answers ${document.status} and no homeserver`, WELL_KNOWN_ADVICE)];
  }
  if (told.replace(/\/$/, '') === base) return found;
  const advice = 'let both say the same: correct the document, or `public_baseurl`';
  return [...found, fault(subject, `${url} leads clients to ${told}, not to ${publicBaseUrl}`, advice)];
}

/** https://spec.matrix.org/v1.19/server-server-api/#resolving-server-names, and what is published there of its keys. */
async function checkForServers(
  { serverName }: HostedServer,
  { askFederation, keys }: Pick<CheckServerPorts, 'askFederation' | 'keys'>,
): Promise<Finding[]> {
  const subject = `server ${serverName}`;
  const answer = await askFederation(serverName, '/_matrix/key/v2/server');
  if (answer.outcome === 'unreachable') {
    return [fault(subject, `other servers do not find it: ${answer.because}`, FEDERATION_ADVICE)];
  }
  const { place, status, body } = answer;
  if (status !== 200 || body?.['server_name'] !== serverName) {
    const who = typeof body?.['server_name'] === 'string' ? `as ${body['server_name']}` : `with ${status}`;
    const advice =
      'let your proxy send `/_matrix/key` and `/_matrix/federation` there to `federation-ingress`, with the `Host` as it came';
    return [fault(subject, `at ${place} somebody answers ${who}`, advice)];
  }
  const published = verifyKeysIn(body);
  const active = keys
    .listKeys(serverName)
    ?.find(({ activeSince, retiredAt }) => activeSince !== undefined && !retiredAt);
  if (active !== undefined && published.get(active.keyId) === active.publicKey) return [];
  const advice =
    'another homeserver answers under this name, or a proxy keeps an old answer: other servers refuse what is signed here';
  return [fault(subject, `at ${place} the key ${active?.keyId ?? ''} that it signs with is not published`, advice)];
}

const REACH_ADVICE =
  'see that the name leads to your proxy (DNS), that the port is open, and that the certificate is good';
const WELL_KNOWN_ADVICE =
  'serve `/.well-known/matrix/client` there: let the web server of that name send `/.well-known/matrix` to `client-api`';
const FEDERATION_ADVICE =
  'serve `/.well-known/matrix/server` under the name, or add a SRV record `_matrix-fed._tcp`, or open port 8448 with a certificate for the name';

/** The result, or what went wrong. */
async function tryTo<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function baseUrlIn(body: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const homeserver = body?.['m.homeserver'];
  if (typeof homeserver !== 'object' || homeserver === null || !('base_url' in homeserver)) return undefined;
  return typeof homeserver.base_url === 'string' ? homeserver.base_url : undefined;
}

function verifyKeysIn(body: Readonly<Record<string, unknown>>): Map<string, string> {
  const keys = body['verify_keys'];
  if (typeof keys !== 'object' || keys === null) return new Map();
  return new Map(
    Object.entries(keys).flatMap(([keyId, entry]: [string, unknown]) => {
      const key = typeof entry === 'object' && entry !== null && 'key' in entry ? entry.key : undefined;
      return typeof key === 'string' ? [[keyId, key] as const] : [];
    }),
  );
}
