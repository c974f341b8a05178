import { flag, object } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv1adminsuspenduserid */
export const suspendRequest = new Shape(object({ suspended: flag() }));
/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv1adminlockuserid */
export const lockRequest = new Shape(object({ locked: flag() }));
