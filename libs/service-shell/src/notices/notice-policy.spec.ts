import type { HostedServerSettings } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../config/environment.ts';
import { loadConfigText } from '../config/load-config.ts';
import type { PlexusConfig } from '../config/plexus-config.ts';
import { noticePolicyOf } from './notice-policy.ts';
import type { NoticePolicy } from './notice-policy.ts';
import { isNoticesUser } from './notices-user.ts';
import { usageLimitOf } from './usage-limit.ts';

function load(text: string): PlexusConfig {
  return loadConfigText(`servers: []\n${text}`, readEnvironment({}));
}

const ON = load(`
server_notices:
  system_mxid_localpart: notices
  system_mxid_display_name: Operator
  room_topic: All
  translations: { de: { room_name: Hinweise, usage_limit: Voll } }
`);

function policy(settings: HostedServerSettings = {}, config = ON): NoticePolicy | undefined {
  return noticePolicyOf(config, { serverName: 'one.example', settings });
}

describe('notices of a hosted server', () => {
  it('are off unless somebody sends them, and where the server says so', () => {
    expect(policy({}, load(''))).toBeUndefined();
    expect(policy({ serverNotices: { enabled: false } })).toBeUndefined();
    expect(policy()).toMatchObject({ sender: '@notices:one.example', autoJoin: false, usersDefault: -10 });
  });

  it('look as the server says, else as the deployment says', () => {
    const own = { displayName: 'One', roomAvatarUrl: 'mxc://one.example/a' };
    expect(policy({ serverNotices: own })?.lookIn('en')).toEqual({
      displayName: 'One',
      roomName: 'Server Notices',
      roomAvatarUrl: 'mxc://one.example/a',
      roomTopic: 'All',
    });
  });

  it('have the words of a language, of its region’s too', () => {
    const translations = { de: { roomTopic: 'Alle' } };
    const look = policy({ serverNotices: { translations, roomName: 'One' } })?.lookIn('de-AT');
    expect(look).toEqual({ displayName: 'Operator', roomName: 'Hinweise', roomTopic: 'Alle' });
    expect(policy()?.usageLimitFor({ language: 'de-at' })).toBe('Voll');
    expect(policy()?.usageLimitFor({ language: 'fr-CA' })).toMatch(/serveur/);
    expect(policy()?.usageLimitFor({ language: 'xx' })).toMatch(/server/);
    const spanish = policy({ serverNotices: { language: 'es' } });
    expect(spanish?.usageLimitFor({})).toMatch(/servidor/);
    expect(spanish?.usageLimitFor({ language: 'xx' })).toMatch(/servidor/);
    expect(spanish?.usageLimitFor({ language: 'fr' })).toMatch(/serveur/);
  });
});

it('knows who sends notices', () => {
  expect(isNoticesUser(ON, '@notices:two.example')).toBe(true);
  expect(isNoticesUser(ON, '@notices2:two.example')).toBe(false);
  expect(isNoticesUser(load(''), '@notices:two.example')).toBe(false);
});

describe('a limit', () => {
  const limited = load('usage_limit: { limit_usage_by_mau: true, max_mau_value: 5, admin_contact: "mailto:a@b" }');

  it('is the server’s own, else the deployment’s', () => {
    expect(usageLimitOf(load(''), { settings: {} })).toBeUndefined();
    expect(usageLimitOf(limited, { settings: {} })).toEqual({
      monthlyActiveUsers: 5,
      adminContact: 'mailto:a@b',
      isTold: true,
    });
    expect(usageLimitOf(limited, { settings: { usageLimit: { monthlyActiveUsers: 9 } } })).toMatchObject({
      monthlyActiveUsers: 9,
    });
    expect(usageLimitOf(limited, { settings: { usageLimit: { alerts: false } } })).toMatchObject({ isTold: false });
    expect(usageLimitOf(limited, { settings: { usageLimit: { isEnabled: false } } })).toBeUndefined();
  });
});
