import type { AppserviceNamespace, AppserviceSettings } from '@plexus/storage';
import { Appservice } from '../src/appservice.ts';

export interface AppserviceParts extends Partial<Omit<AppserviceSettings, 'url' | 'namespaces'>> {
  readonly id?: string;
  readonly url?: string | null;
  readonly servers?: 'all' | readonly string[];
  /** Expressions, all of them exclusive. */
  readonly users?: readonly string[];
  readonly aliases?: readonly string[];
}

/** The settings of an application service of which only what matters is named. */
export function appserviceSettings(parts: AppserviceParts = {}): AppserviceSettings {
  const { id = 'irc', url = 'http://127.0.0.1:1', users = [], aliases = [], servers: _servers, ...rest } = parts;
  return {
    ...(url !== null && { url }),
    senderLocalpart: `${id}bot`,
    namespaces: { users: users.map(exclusive), aliases: aliases.map(exclusive), rooms: [] },
    protocols: [],
    isRateLimited: true,
    ipRangeWhitelist: [],
    receivesEphemeral: false,
    receivesDeviceChanges: false,
    managesDevices: false,
    ...rest,
  };
}

function exclusive(regex: string): AppserviceNamespace {
  return { regex, isExclusive: true };
}

/** An application service to which every server is hosted. */
export function appserviceOf(parts: AppserviceParts = {}): Appservice {
  const { id = 'irc', servers = 'all' } = parts;
  const record = {
    id,
    servers,
    settings: appserviceSettings(parts),
    tokens: [],
    hsToken: 'hs',
    version: 1,
    createdAt: 0,
  };
  return new Appservice({ ...record, origin: 'admin-api' }, { isHosted: () => true });
}
