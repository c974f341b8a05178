import type { Appservice, AppserviceRegistry } from '@plexus/appservices';
import { isJsonObject, MatrixError } from '@plexus/matrix-base';
import type { Clock, JsonObject, JsonValue } from '@plexus/matrix-base';
import type { AppserviceRequests, ThirdPartyQuestion } from '@plexus/rpc';
import type { Requester } from '@plexus/service-shell';

export interface LookUpThirdPartyPorts {
  readonly registry: Pick<AppserviceRegistry, 'all'>;
  readonly requests: Pick<AppserviceRequests, 'queryThirdParty'>;
  readonly clock: Pick<Clock, 'now'>;
}

type Fields = Readonly<Record<string, string>>;

/** Clients ask for protocols whenever they start: what they are is asked seldom. */
const REMEMBERED_MS = 60_000;

/**
 * Third-party networks, as the application services that stand for them answer
 * (https://spec.matrix.org/v1.19/client-server-api/#third-party-networks). One that does not answer is left out.
 */
export class LookUpThirdParty {
  readonly #ports: LookUpThirdPartyPorts;
  readonly #remembered = new Map<string, { readonly answer: Promise<JsonValue | undefined>; readonly until: number }>();

  constructor(ports: LookUpThirdPartyPorts) {
    this.#ports = ports;
  }

  /** By their names. */
  async protocols(requester: Requester): Promise<JsonObject> {
    const names = [...new Set(this.#asked(requester).flatMap((appservice) => appservice.protocols))];
    const found = await Promise.all(names.map(async (name) => [name, await this.#protocol(requester, name)] as const));
    return Object.fromEntries(found.filter((entry): entry is [string, JsonObject] => entry[1] !== undefined));
  }

  /** Throws 404 where nobody stands for the protocol. */
  async protocol(requester: Requester, protocol: string): Promise<JsonObject> {
    const found = await this.#protocol(requester, protocol);
    if (found === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'There is no such protocol');
    return found;
  }

  locations(requester: Requester, protocol: string, fields: Fields): Promise<JsonObject[]> {
    const asked = this.#asked(requester).filter((appservice) => appservice.protocols.includes(protocol));
    return this.#askAll(asked, { kind: 'locations', protocol, fields }, isLocation);
  }

  users(requester: Requester, protocol: string, fields: Fields): Promise<JsonObject[]> {
    const asked = this.#asked(requester).filter((appservice) => appservice.protocols.includes(protocol));
    return this.#askAll(asked, { kind: 'users', protocol, fields }, isUser);
  }

  locationsOf(requester: Requester, alias: string): Promise<JsonObject[]> {
    const asked = this.#asked(requester).filter((appservice) => appservice.coversAlias(alias));
    return this.#askAll(asked, { kind: 'by-alias', alias }, isLocation);
  }

  usersOf(requester: Requester, userId: string): Promise<JsonObject[]> {
    const asked = this.#asked(requester).filter((appservice) => appservice.coversUser(userId));
    return this.#askAll(asked, { kind: 'by-user', userId }, isUser);
  }

  /** Users of a hosted server see the networks that are for it. */
  #asked({ serverName }: Requester): Appservice[] {
    return this.#ports.registry.all().filter((appservice) => appservice.url !== null && appservice.serves(serverName));
  }

  /** Of several that stand for one protocol, the first says what it is, and all of them which instances there are. */
  async #protocol(requester: Requester, protocol: string): Promise<JsonObject | undefined> {
    const asked = this.#asked(requester).filter((appservice) => appservice.protocols.includes(protocol));
    const answers = await Promise.all(asked.map(async ({ id }) => ({ id, answer: await this.#recall(id, protocol) })));
    const found = answers.flatMap(({ id, answer }) => (isJsonObject(answer) ? [{ id, answer }] : []));
    const [first] = found;
    if (first === undefined) return undefined;
    return { ...first.answer, instances: found.flatMap(({ id, answer }) => instancesOf(id, answer)) };
  }

  #recall(id: string, protocol: string): Promise<JsonValue | undefined> {
    const { clock, requests } = this.#ports;
    const key = JSON.stringify([id, protocol]);
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined && remembered.until > clock.now()) return remembered.answer;
    const answer = requests.queryThirdParty(id, { kind: 'protocol', protocol });
    this.#remembered.set(key, { answer, until: clock.now() + REMEMBERED_MS });
    answer.then(
      (value) => value === undefined && this.#remembered.delete(key),
      () => this.#remembered.delete(key),
    );
    return answer;
  }

  async #askAll(
    asked: readonly Appservice[],
    question: ThirdPartyQuestion,
    isResult: (value: JsonValue) => value is JsonObject,
  ): Promise<JsonObject[]> {
    const { requests } = this.#ports;
    const answers = await Promise.all(asked.map(({ id }) => requests.queryThirdParty(id, question)));
    return answers.flatMap((answer) => (Array.isArray(answer) ? answer.filter(isResult) : []));
  }
}

/** Each with the id under which the directory of its rooms is asked for. */
function instancesOf(id: string, { instances }: JsonObject): JsonObject[] {
  const listed = Array.isArray(instances) ? instances.filter(isJsonObject) : [];
  return listed.map((instance) => ({ ...instance, instance_id: `${id}|${String(instance['network_id'])}` }));
}

function isLocation(value: JsonValue): value is JsonObject {
  return isResult(value) && typeof value['alias'] === 'string';
}

function isUser(value: JsonValue): value is JsonObject {
  return isResult(value) && typeof value['userid'] === 'string';
}

function isResult(value: JsonValue): value is JsonObject {
  return isJsonObject(value) && typeof value['protocol'] === 'string' && isJsonObject(value['fields']);
}
