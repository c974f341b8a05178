import type { JsonValue } from '@plexus/matrix-base';
import { anyValue, mapOf } from '../schema.ts';
import { Shape } from '../shape.ts';

/** The field, by its name (https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3profileuseridkeyname). */
export const profileFieldRequest = new Shape<Readonly<Record<string, JsonValue>>>(mapOf(anyValue()));
