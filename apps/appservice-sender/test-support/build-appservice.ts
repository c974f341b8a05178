import { Appservice } from '@plexus/appservices';
import type { AppserviceRecord, AppserviceSettings } from '@plexus/storage';

export const HOSTED = ['one.example', 'two.example'];

export interface BuiltAppservice {
  readonly id: string;
  readonly servers?: AppserviceRecord['servers'];
  readonly settings?: Partial<AppserviceSettings>;
}

const SETTINGS: AppserviceSettings = {
  senderLocalpart: 'bot',
  namespaces: { users: [], aliases: [], rooms: [] },
  protocols: [],
  isRateLimited: true,
  ipRangeWhitelist: [],
  receivesEphemeral: false,
  receivesDeviceChanges: false,
  managesDevices: false,
};

/** An application service as a registration makes it; what a test does not say is made up. */
export function buildAppservice(built: BuiltAppservice): Appservice {
  return new Appservice(buildAppserviceRecord(built), { isHosted: (serverName) => HOSTED.includes(serverName) });
}

export function buildAppserviceRecord({ id, servers = 'all', settings }: BuiltAppservice): AppserviceRecord {
  return {
    id,
    servers,
    settings: { ...SETTINGS, ...settings },
    tokens: [],
    hsToken: `hs-${id}`,
    origin: 'admin-api',
    version: 1,
    createdAt: 0,
  };
}

/** A list of registrations that a test changes. */
export class ListedAppservices {
  #all: readonly Appservice[];

  constructor(...all: readonly Appservice[]) {
    this.#all = all;
  }

  all(): readonly Appservice[] {
    return this.#all;
  }

  set(...all: readonly Appservice[]): void {
    this.#all = all;
  }
}
