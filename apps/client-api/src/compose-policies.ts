import type { Provider, Type } from '@nestjs/common';
import type { ClientApiPorts } from './client-api-ports.ts';
import { ExportConsents } from './consent/export-consents.ts';
import { ManagePolicies } from './consent/manage-policies.ts';
import { ConsentsController } from './in/admin/consents.controller.ts';
import { PoliciesController } from './in/admin/policies.controller.ts';
import { provide } from './provide.ts';

/** The endpoints for administrators that are about policies and who agreed to them. */
export const POLICY_CONTROLLERS: Type[] = [PoliciesController, ConsentsController];

/** Makes the use cases that are about policies; `RequireConsent` and `RegistrationTerms` are made where they are used. */
export function composePolicies(ports: ClientApiPorts): Provider[] {
  return [provide(new ManagePolicies(ports)), provide(new ExportConsents(ports.consents, ports.servers))];
}
