import { list, object, optional, text } from '../schema.ts';
import type { Described } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3roomsroomidupgrade */
export const upgradeRequest = new Shape(
  object({ new_version: text(), additional_creators: optional(list(text(), { maxItems: 1000 })) }),
);
export type UpgradeRequest = Described<typeof upgradeRequest.schema>;
