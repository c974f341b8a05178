import type { Provider } from '@nestjs/common';

/** An instance under its class. */
export function provide(useValue: object): Provider {
  return { provide: useValue.constructor, useValue };
}
