import { anyValue, flag, list, object, optional, text } from '../schema.ts';
import { Shape } from '../shape.ts';

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleid */
export const pushRulePlaceQuery = new Shape(object({ before: optional(text()), after: optional(text()) }));

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleidenabled */
export const pushRuleEnabledRequest = new Shape(object({ enabled: flag() }));

/** https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3pushrulesglobalkindruleidactions */
export const pushRuleActionsRequest = new Shape(object({ actions: list(anyValue()) }));
