import { isJsonObject, parseJson, parseServerName, verifyJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { OutboundHttp } from '@plexus/remote-servers';
import type { RoomEvent } from '@plexus/room-dag';

interface InviteKey {
  readonly publicKey: string;
  readonly validityUrl: string | undefined;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 10_000;
/** An identity server gives two. */
const MOST_KEYS = 10;

/**
 * Whether the identity server still vouches for the key by which it signed a third-party invite
 * (https://spec.matrix.org/v1.19/client-server-api/#third-party-invites): the server that lets somebody into a room by one has to ask, and it alone may.
 */
export class CheckInviteKeys {
  readonly #http: OutboundHttp;

  constructor(http: OutboundHttp) {
    this.#http = http;
  }

  /** True for other invites, too. The caller made sure that a key of the room's `m.room.third_party_invite` signed it. */
  async execute({ content }: RoomEvent, authEvents: readonly RoomEvent[]): Promise<boolean> {
    const { third_party_invite: proof } = content;
    const signed = isJsonObject(proof) ? proof['signed'] : undefined;
    if (!isJsonObject(signed)) return true;
    const invite = authEvents.find(({ type, stateKey }) => {
      return type === 'm.room.third_party_invite' && stateKey === signed['token'];
    });
    const keys = keysOf(invite?.content ?? {}).slice(0, MOST_KEYS);
    for (const key of keys.filter(({ publicKey }) => isSignedBy(signed, publicKey)))
      if (key.validityUrl === undefined || (await this.#isValid(key.publicKey, key.validityUrl))) return true;
    return false;
  }

  async #isValid(publicKey: string, validityUrl: string): Promise<boolean> {
    const url = URL.parse(validityUrl);
    if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') return false;
    if (parseServerName(url.host.toLowerCase()) === undefined) return false;
    url.searchParams.set('public_key', publicKey);
    const address = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = url.port === '' ? 443 : Number(url.port);
    const answer = await this.#http.send({
      endpoint: { host: address, port, hostHeader: url.host, certificateName: address },
      method: 'GET',
      target: `${url.pathname}${url.search}`,
      headers: { accept: 'application/json' },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    if (answer.outcome !== 'answered' || answer.status !== 200) return false;
    const parsed = parseJson(answer.bytes);
    return parsed.outcome === 'ok' && isJsonObject(parsed.value) && parsed.value['valid'] === true;
  }
}

function keysOf(content: JsonObject): InviteKey[] {
  const { public_keys: listed } = content;
  const entries = [content, ...(Array.isArray(listed) ? listed : [])].filter(isJsonObject);
  return entries.flatMap(({ public_key: publicKey, key_validity_url: url }) =>
    typeof publicKey === 'string' ? [{ publicKey, validityUrl: typeof url === 'string' ? url : undefined }] : [],
  );
}

/** The event may have its keys in the standard alphabet or in that for URLs. */
function isSignedBy(signed: JsonObject, publicKey: string): boolean {
  const { signatures } = signed;
  const key = publicKey.replaceAll('-', '+').replaceAll('_', '/');
  const servers = isJsonObject(signatures) ? Object.keys(signatures) : [];
  return servers.some((serverName) => verifyJson(signed, serverName, () => key).outcome === 'ok');
}
