import { describe, expect, it } from 'vitest';
import { parseRegistration } from './parse-registration.ts';
import { RegistrationError } from './registration-problem.ts';

/** The specification's example, with what bridges write beyond it. */
const FULL = `
id: "IRC Bridge"
url: "http://127.0.0.1:1234/"
as_token: "30c05ae90a248a41"
hs_token: "312df522183efd40"
sender_localpart: "_irc_bot"
namespaces:
  users:
    - exclusive: true
      regex: "@_irc_bridge_.*"
      group_id: "+irc:example.org"
  aliases:
    - exclusive: false
      regex: "#_irc_bridge_.*"
  rooms: []
rate_limited: false
protocols: ["irc"]
de.sorunome.msc2409.push_ephemeral: true
org.matrix.msc3202: true
io.element.msc4190: true
ip_range_whitelist: ["10.0.0.0/8", "::1"]
some.bridge.setting: { of: its own }
`;

const LEAST = `
id: a
url: null
as_token: at
hs_token: ht
sender_localpart: bot
namespaces: {}
`;

function problemsOf(yaml: string): string[] {
  try {
    parseRegistration(yaml, '/etc/a.yaml');
  } catch (error) {
    if (!(error instanceof RegistrationError && error.message.includes('/etc/a.yaml'))) throw error;
    return error.problems.map(({ key }) => key);
  }
  return [];
}

describe('parseRegistration', () => {
  it('reads everything that a registration may say', () => {
    expect(parseRegistration(FULL, 'full')).toEqual({
      id: 'IRC Bridge',
      asToken: '30c05ae90a248a41',
      hsToken: '312df522183efd40',
      settings: {
        url: 'http://127.0.0.1:1234',
        senderLocalpart: '_irc_bot',
        namespaces: {
          users: [{ regex: '@_irc_bridge_.*', isExclusive: true }],
          aliases: [{ regex: '#_irc_bridge_.*', isExclusive: false }],
          rooms: [],
        },
        protocols: ['irc'],
        isRateLimited: false,
        ipRangeWhitelist: ['10.0.0.0/8', '::1'],
        receivesEphemeral: true,
        receivesDeviceChanges: true,
        managesDevices: true,
      },
    });
  });

  it('takes what is left out for the default', () => {
    const { settings } = parseRegistration(LEAST, 'least');
    expect(settings).toEqual({
      senderLocalpart: 'bot',
      namespaces: { users: [], aliases: [], rooms: [] },
      protocols: [],
      isRateLimited: true,
      ipRangeWhitelist: [],
      receivesEphemeral: false,
      receivesDeviceChanges: false,
      managesDevices: false,
    });
  });

  it.each([
    ['id: a', '', ['id']],
    ['id: a', 'id: 5', ['id']],
    ['id: a', 'id: ""', ['id']],
    ['url: null', '', ['url']],
    ['url: null', 'url: 5', ['url']],
    ['url: null', 'url: "ftp://a"', ['url']],
    ['url: null', 'url: "http://user:word@a"', ['url']],
    ['url: null', 'url: "http://a/?b=c"', ['url']],
    ['as_token: at', 'as_token: 123', ['as_token']],
    ['as_token: at', 'as_token: "a b"', ['as_token']],
    ['as_token: at', '', ['as_token']],
    ['hs_token: ht', '', ['hs_token']],
    ['sender_localpart: bot', '', ['sender_localpart']],
    ['sender_localpart: bot', 'sender_localpart: "b t"', ['sender_localpart']],
    ['sender_localpart: bot', 'sender_localpart: "@bot:one.example"', ['sender_localpart']],
    ['namespaces: {}', '', ['namespaces']],
    ['namespaces: {}', 'namespaces: []', ['namespaces']],
    ['namespaces: {}', 'namespaces: { users: {} }', ['namespaces.users']],
    ['namespaces: {}', 'namespaces: { users: [x] }', ['namespaces.users[0].exclusive', 'namespaces.users[0].regex']],
    [
      'namespaces: {}',
      'namespaces: { rooms: [{ regex: ".*", exclusive: false }, { regex: "(", exclusive: false }] }',
      ['namespaces.rooms[1].regex'],
    ],
    ['namespaces: {}', 'namespaces: { aliases: [{ regex: ".*" }] }', ['namespaces.aliases[0].exclusive']],
    ['namespaces: {}', 'namespaces: {}\nrate_limited: 1', ['rate_limited']],
    ['namespaces: {}', 'namespaces: {}\nprotocols: irc', ['protocols']],
    ['namespaces: {}', 'namespaces: {}\nprotocols: [5]', ['protocols[0]']],
    ['namespaces: {}', 'namespaces: {}\nip_range_whitelist: [10.0.0.0/8, here]', ['ip_range_whitelist[1]']],
    ['namespaces: {}', 'namespaces: {}\nreceive_ephemeral: "yes"', ['receive_ephemeral']],
  ])('with "%s" made "%s" names %j', (from, to, keys) => {
    expect(problemsOf(LEAST.replace(from, to))).toEqual(keys);
  });

  it.each(['', '[]', 'just text', '{', 'a: b\na: c'])('refuses "%s", which is no registration', (yaml) => {
    expect(problemsOf(yaml)).toEqual(['']);
  });

  it('never quotes what is written', () => {
    const error = (() => {
      try {
        return parseRegistration('as_token: "top secret"\nas_token: "top secret"\n: [', 'x');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(String(error)).toContain('x');
    expect(String(error)).not.toContain('top secret');
  });
});
