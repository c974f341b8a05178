import { object, optional, text } from '../schema.ts';
import { Shape } from '../shape.ts';

/** The parameters of `GET` and `POST /_matrix/consent`, in the query or in a form: user, signature, version, policy, language. */
export const consentParameters = new Shape(
  object({
    u: optional(text({ maxLength: 255 })),
    h: optional(text({ maxLength: 255 })),
    v: optional(text({ maxLength: 255 })),
    p: optional(text({ maxLength: 255 })),
    l: optional(text({ maxLength: 64 })),
  }),
);
