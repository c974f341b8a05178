import type { AuthData } from '@plexus/matrix-api';
import type { CheckPassword } from '../accounts/check-password.ts';
import type { IdentifyUser } from '../accounts/identify-user.ts';
import { PASSWORD, refuse } from './auth-stage.ts';
import type { AuthStage, StageContext, StageOutcome } from './auth-stage.ts';

/** The password of who asks, and of nobody else (https://spec.matrix.org/v1.19/client-server-api/#password-based). */
export class PasswordStage implements AuthStage {
  readonly type = PASSWORD;
  readonly #identifyUser: IdentifyUser;
  readonly #checkPassword: CheckPassword;

  constructor(identifyUser: IdentifyUser, checkPassword: CheckPassword) {
    this.#identifyUser = identifyUser;
    this.#checkPassword = checkPassword;
  }

  async check(auth: AuthData, { serverName, userId }: StageContext): Promise<StageOutcome> {
    const { identifier, user, password } = auth;
    if (password === undefined) return refuse('M_MISSING_PARAM', '"auth.password" is required');
    const isNamed = identifier !== undefined || user !== undefined;
    const named = isNamed ? await this.#identifyUser.execute({ identifier, user }, serverName) : userId;
    if (userId === undefined || named !== userId) return refuse('M_FORBIDDEN', 'Invalid username or password');
    const isRight = await this.#checkPassword.execute(userId, password);
    return isRight ? { outcome: 'done', result: userId } : refuse('M_FORBIDDEN', 'Invalid username or password');
  }
}
