import { decimal, object, optional } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3useruseridroomsroomidtagstag */
export const tagRequest = new Shape(object({ order: optional(decimal({ minimum: 0, maximum: 1 })) }));
