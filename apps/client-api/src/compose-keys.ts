import type { Provider, Type } from '@nestjs/common';
import type { ClientApiPorts } from './client-api-ports.ts';
import { KeysController } from './in/client/keys/keys.controller.ts';
import { ClaimKeys } from './keys/claim-keys.ts';
import { QueryKeys } from './keys/query-keys.ts';
import { UploadKeys } from './keys/upload-keys.ts';

/** The endpoints of end-to-end encryption. */
export const KEY_CONTROLLERS: Type[] = [KeysController];

export function composeKeys({ keys, users, servers }: ClientApiPorts): Provider[] {
  const useCases = [
    new UploadKeys(keys),
    new QueryKeys({ ...keys, users, servers }),
    new ClaimKeys({ ...keys, servers }),
  ];
  return useCases.map((useValue) => ({ provide: useValue.constructor, useValue }));
}
