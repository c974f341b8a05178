import { applyDecorators, Controller, UseInterceptors } from '@nestjs/common';
import { AuditInterceptor } from './audit-interceptor.ts';

/** A controller of the admin API: what it does is recorded in the audit log. */
export function AdminController(path: string | string[]): ClassDecorator {
  return applyDecorators(Controller(path), UseInterceptors(AuditInterceptor));
}
