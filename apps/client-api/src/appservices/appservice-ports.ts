import type { AppserviceRegistry } from '@plexus/appservices';
import type { AppserviceRequests } from '@plexus/rpc';
import type { ReportBlockedAppservice } from '@plexus/service-shell';
import type { AppserviceRepository } from '@plexus/storage';

/** What the endpoints for application services, and of them, need from outside. */
export interface AppservicePorts {
  readonly registry: AppserviceRegistry;
  readonly repository: AppserviceRepository;
  /** The way to application services, for whoever opens no connections itself. */
  readonly requests: AppserviceRequests;
  readonly blocked: ReportBlockedAppservice;
}
