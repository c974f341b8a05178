import type { AppserviceSettings } from '@plexus/storage';

/** A registration as it is written, tokens included: it goes nowhere but into storage. */
export interface Registration {
  readonly id: string;
  readonly asToken: string;
  readonly hsToken: string;
  readonly settings: AppserviceSettings;
}
