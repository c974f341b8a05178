import type { Provider, Type } from '@nestjs/common';
import { ChangeAccess } from './accounts/change-access.ts';
import { ChangePassword } from './accounts/change-password.ts';
import { CheckPassword } from './accounts/check-password.ts';
import { CheckRegistrationToken } from './accounts/check-registration-token.ts';
import { CheckUsername } from './accounts/check-username.ts';
import { CloseSessions } from './accounts/close-sessions.ts';
import { DeactivateAccount } from './accounts/deactivate-account.ts';
import { DescribeCapabilities } from './accounts/describe-capabilities.ts';
import { GiveLoginToken } from './accounts/give-login-token.ts';
import { GiveOpenIdToken } from './accounts/give-openid-token.ts';
import { GiveTurnCredentials } from './accounts/give-turn-credentials.ts';
import { IdentifyUser } from './accounts/identify-user.ts';
import { LogIn } from './accounts/log-in.ts';
import { ManageDevices } from './accounts/manage-devices.ts';
import { ManageRegistrationTokens } from './accounts/manage-registration-tokens.ts';
import { ModerateAccount } from './accounts/moderate-account.ts';
import { OpenSession } from './accounts/open-session.ts';
import { RefreshSession } from './accounts/refresh-session.ts';
import { RegisterBySecret } from './accounts/register-by-secret.ts';
import { RegisterUser } from './accounts/register-user.ts';
import { RemoveDevices } from './accounts/remove-devices.ts';
import { UpgradeGuest } from './accounts/upgrade-guest.ts';
import { AddDevice } from './administration/add-device.ts';
import { LogInByAppservice } from './appservices/log-in-by-appservice.ts';
import { RegisterByAppservice } from './appservices/register-by-appservice.ts';
import { dummyStage } from './authentication/auth-stage.ts';
import { EmailStage } from './authentication/email-stage.ts';
import { InteractiveAuth } from './authentication/interactive-auth.ts';
import { PasswordStage } from './authentication/password-stage.ts';
import { RegistrationTokenStage } from './authentication/registration-token-stage.ts';
import { TermsStage } from './authentication/terms-stage.ts';
import { RegistrationTerms } from './consent/registration-terms.ts';
import { composeAdminUsers } from './compose-admin-users.ts';
import type { ClientApiPorts } from './client-api-ports.ts';
import type { ClientApiConfig } from './config.ts';
import {
  emailSettings,
  loginTokenSettings,
  profileRules,
  registrationPolicy,
  tokenLifetimes,
  turnSettings,
} from './config.ts';
import { AdminRegistrationTokensController } from './in/admin/registration-tokens.controller.ts';
import { SecretRegistrationController } from './in/admin/secret-registration.controller.ts';
import { AccountModerationController } from './in/client/account-moderation.controller.ts';
import { AccountController } from './in/client/account.controller.ts';
import { AuthFallbackController } from './in/client/auth-fallback.controller.ts';
import { CapabilitiesController } from './in/client/capabilities.controller.ts';
import { DevicesController } from './in/client/devices.controller.ts';
import { EmailLinkController } from './in/client/email-link.controller.ts';
import { LoginController, LoginTokenController } from './in/client/login.controller.ts';
import { LoginPageController } from './in/client/login-page.controller.ts';
import { LogoutController } from './in/client/logout.controller.ts';
import { RegisterController } from './in/client/register.controller.ts';
import { RegistrationTokensController } from './in/client/registration-tokens.controller.ts';
import { ThreepidsController } from './in/client/threepids.controller.ts';
import { provide } from './provide.ts';
import { ManageThreepids } from './threepids/manage-threepids.ts';
import { RequestEmailToken } from './threepids/request-email-token.ts';
import { ValidateEmail } from './threepids/validate-email.ts';

/** The endpoints of accounts: registration, sessions, devices, and what a user changes about themselves. */
export const ACCOUNT_CONTROLLERS: Type[] = [
  RegisterController,
  LoginController,
  LoginTokenController,
  LogoutController,
  AccountController,
  CapabilitiesController,
  DevicesController,
  AccountModerationController,
  AuthFallbackController,
  ThreepidsController,
  EmailLinkController,
  LoginPageController,
  RegistrationTokensController,
  AdminRegistrationTokensController,
  SecretRegistrationController,
];

interface Steps {
  readonly changeAccess: ChangeAccess;
  readonly openSession: OpenSession;
  readonly closeSessions: CloseSessions;
  readonly identifyUser: IdentifyUser;
  readonly checkPassword: CheckPassword;
  readonly interactiveAuth: InteractiveAuth;
  readonly terms: RegistrationTerms;
}

/** The use cases of accounts. */
export function composeAccounts(config: ClientApiConfig, ports: ClientApiPorts): Provider[] {
  const steps = composeSteps(config, ports);
  return [
    ...composeAdminUsers(ports, steps),
    provide(steps.interactiveAuth),
    provide(steps.closeSessions),
    provide(steps.terms),
    ...composeRegistration(config, ports, steps),
    ...composeLogin(config, ports, steps),
    ...composeAccount(config, ports, steps),
    provide(
      new DescribeCapabilities({
        givesLoginTokens: loginTokenSettings(config).isEnabled,
        changesThreepids: (serverName) => {
          const server = ports.servers.find(serverName);
          return server !== undefined && emailSettings(config).mailOf(server) !== undefined;
        },
        fixedProfileFields: profileRules(config).disallowed,
      }),
    ),
  ];
}

function composeSteps(config: ClientApiConfig, ports: ClientApiPorts): Steps {
  const { sessions, tokens, random, authSessions, registrationTokens, limiter } = ports;
  const changeAccess = new ChangeAccess(sessions, tokens);
  const identifyUser = new IdentifyUser(ports.servers, ports.threepids);
  const checkPassword = new CheckPassword(ports);
  const terms = new RegistrationTerms(ports.policies, ports.servers, ports.clock);
  const stages = [
    dummyStage,
    new PasswordStage(identifyUser, checkPassword),
    new RegistrationTokenStage(registrationTokens, limiter),
    new EmailStage(ports.validations),
    new TermsStage(terms),
  ];
  const sessionLifetimeMs = config.user_interactive_auth.session_lifetime;
  return {
    changeAccess,
    identifyUser,
    checkPassword,
    terms,
    openSession: new OpenSession(ports, tokenLifetimes(config)),
    closeSessions: new CloseSessions(sessions, changeAccess, ports.keys.deviceLists),
    interactiveAuth: new InteractiveAuth(authSessions, stages, { random, sessionLifetimeMs }),
  };
}

function composeRegistration(config: ClientApiConfig, ports: ClientApiPorts, steps: Steps): Provider[] {
  const checkUsername = new CheckUsername(ports.users, ports.appservices.registry, ports.isNoticesUser);
  const upgradeGuest = new UpgradeGuest(ports.users, ports.sessions, steps.changeAccess);
  const policy = registrationPolicy(config);
  const { registrationTokens, limiter, random, clock } = ports;
  const secret = () => config.registration.shared_secret?.reveal();
  return [
    provide(checkUsername),
    provide(new RegisterUser(ports, { ...steps, checkUsername, upgradeGuest }, policy)),
    provide(new RegisterByAppservice(ports, { ...steps, checkUsername })),
    provide(new RegisterBySecret(ports, { ...steps, checkUsername }, secret)),
    provide(new CheckRegistrationToken(registrationTokens, limiter, policy)),
    provide(new ManageRegistrationTokens(registrationTokens, random, clock)),
  ];
}

function composeLogin(config: ClientApiConfig, ports: ClientApiPorts, steps: Steps): Provider[] {
  return [
    provide(new LogIn(ports, steps)),
    provide(new LogInByAppservice(ports, steps)),
    provide(new RefreshSession(ports, steps.openSession)),
    provide(new GiveLoginToken(ports, steps.interactiveAuth, loginTokenSettings(config))),
  ];
}

function composeAccount(config: ClientApiConfig, ports: ClientApiPorts, steps: Steps): Provider[] {
  const { sessions, devices, shortLived, random, clock } = ports;
  const { interactiveAuth, changeAccess, closeSessions } = steps;
  const mails = emailSettings(config);
  return [
    provide(new ManageDevices(devices, new AddDevice(sessions))),
    provide(new RemoveDevices(interactiveAuth, closeSessions)),
    provide(new ChangePassword(ports, steps, (server) => mails.mailOf(server) !== undefined)),
    provide(new ManageThreepids(ports, interactiveAuth, mails)),
    provide(new RequestEmailToken(ports, mails)),
    provide(new ValidateEmail(ports.validations)),
    provide(new DeactivateAccount(ports.deactivations, interactiveAuth, changeAccess)),
    provide(new GiveOpenIdToken(shortLived, random)),
    provide(new GiveTurnCredentials(turnSettings(config), clock)),
    provide(new ModerateAccount(ports, changeAccess)),
  ];
}
