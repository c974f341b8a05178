import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { AppserviceNamespace, AppserviceSettings } from '@plexus/storage';
import { findRegexFault } from '../namespaces/namespace.ts';
import { isNetwork } from '../networks/networks.ts';
import { FieldReader } from './field-reader.ts';
import type { Registration } from './registration.ts';
import type { RegistrationProblem } from './registration-problem.ts';

export type ReadRegistration =
  | { readonly outcome: 'read'; readonly registration: Registration }
  | { readonly outcome: 'refused'; readonly problems: readonly RegistrationProblem[] };

/** Reads a registration that is parsed already. Keys that nobody knows are left alone: bridges write some for other servers. */
export function readRegistration(content: unknown): ReadRegistration {
  if (!isJsonObject(content))
    return refused([{ key: '', reason: 'must be an object with the keys of a registration' }]);
  const fields = new FieldReader(content);
  const registration = {
    id: fields.text('id', ID),
    asToken: fields.text('as_token', TOKEN),
    hsToken: fields.text('hs_token', TOKEN),
    settings: readSettings(fields, content),
  };
  return fields.problems.length === 0 ? { outcome: 'read', registration } : refused(fields.problems);
}

/** As `readRegistration`, of what can change while the id and the tokens stay. */
export function readAppserviceSettings(
  content: JsonObject,
):
  | { readonly outcome: 'read'; readonly settings: AppserviceSettings }
  | Extract<ReadRegistration, { outcome: 'refused' }> {
  const fields = new FieldReader(content);
  const settings = readSettings(fields, content);
  return fields.problems.length === 0 ? { outcome: 'read', settings } : refused(fields.problems);
}

function refused(problems: readonly RegistrationProblem[]): Extract<ReadRegistration, { outcome: 'refused' }> {
  return { outcome: 'refused', problems };
}

const ID = {
  pattern: /^[^\p{C}]{1,255}$/u,
  form: 'has to be of 1 to 255 characters, none of them a control character',
};
const TOKEN = { pattern: /^[!-~]{1,1000}$/, form: 'has to be of 1 to 1,000 ASCII characters without spaces' };
/** What need not be encoded in a URL. */
const LOCALPART = { pattern: /^[A-Za-z0-9._~/-]{1,200}$/, form: 'must be a localpart that needs no encoding in a URL' };

function readSettings(fields: FieldReader, content: JsonObject): AppserviceSettings {
  const url = readUrl(fields, content);
  return {
    ...(url !== undefined && { url }),
    senderLocalpart: fields.text('sender_localpart', LOCALPART),
    namespaces: readNamespaces(fields, content),
    protocols: fields.texts('protocols', () => undefined),
    isRateLimited: fields.flag(['rate_limited'], true),
    ipRangeWhitelist: fields.texts('ip_range_whitelist', (text) =>
      isNetwork(text) ? undefined : 'must be a network such as 10.0.0.0/8 or an address',
    ),
    receivesEphemeral: fields.flag(
      ['receive_ephemeral', 'de.sorunome.msc2409.push_ephemeral', 'push_ephemeral'],
      false,
    ),
    receivesDeviceChanges: fields.flag(['org.matrix.msc3202'], false),
    managesDevices: fields.flag(['io.element.msc4190'], false),
  };
}

function readUrl(fields: FieldReader, { url }: JsonObject): string | undefined {
  if (url === null) return undefined;
  if (typeof url !== 'string') {
    fields.report(
      'url',
      url === undefined ? 'is required; null where nothing is to be sent' : 'must be a string or null',
    );
    return undefined;
  }
  if (isUsableUrl(url)) return url.replace(/\/+$/, '');
  fields.report('url', 'must be an http or https URL without user, query and fragment');
  return undefined;
}

function isUsableUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || text.length > MAX_URL_LENGTH) return false;
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  return isHttp && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

const MAX_URL_LENGTH = 2_000;
const MAX_NAMESPACES = 1_000;

function readNamespaces(fields: FieldReader, { namespaces }: JsonObject): AppserviceSettings['namespaces'] {
  const lists: JsonObject = isJsonObject(namespaces) ? namespaces : {};
  if (!isJsonObject(namespaces)) {
    fields.report('namespaces', namespaces === undefined ? 'is required' : 'must be an object');
  }
  return {
    users: readNamespaceList(fields, 'namespaces.users', lists['users']),
    aliases: readNamespaceList(fields, 'namespaces.aliases', lists['aliases']),
    rooms: readNamespaceList(fields, 'namespaces.rooms', lists['rooms']),
  };
}

function readNamespaceList(fields: FieldReader, key: string, list: unknown): AppserviceNamespace[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list) || list.length > MAX_NAMESPACES) {
    fields.report(key, `must be a list of at most ${MAX_NAMESPACES} entries`);
    return [];
  }
  return list.map((entry: unknown, index) => readNamespace(fields, `${key}[${index}]`, entry));
}

function readNamespace(fields: FieldReader, key: string, entry: unknown): AppserviceNamespace {
  const content: JsonObject = isJsonObject(entry) ? entry : {};
  const { regex, exclusive } = content;
  if (typeof exclusive !== 'boolean') fields.report(`${key}.exclusive`, 'must be true or false');
  const fault = typeof regex === 'string' ? findRegexFault(regex) : 'must be a string';
  if (fault !== undefined) fields.report(`${key}.regex`, fault);
  return { regex: typeof regex === 'string' ? regex : '', isExclusive: exclusive === true };
}
