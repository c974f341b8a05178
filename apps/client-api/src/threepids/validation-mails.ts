import type { ValidationPurpose } from '@plexus/storage';
import type { Mail } from './mailer.ts';

type Text = Pick<Mail, 'subject' | 'text'>;

const REASONS: Readonly<Record<ValidationPurpose, (appName: string) => string>> = {
  register: (appName) => `somebody, probably you, registers an account at ${appName} with this email address.`,
  password: (appName) => `somebody, probably you, wants a new password for your account at ${appName}.`,
  threepid: (appName) => `somebody, probably you, adds this email address to an account at ${appName}.`,
};

const SUBJECTS: Readonly<Record<ValidationPurpose, (appName: string) => string>> = {
  register: (appName) => `Confirm your email address for ${appName}`,
  password: (appName) => `A new password for ${appName}`,
  threepid: (appName) => `Confirm your email address for ${appName}`,
};

export function validationMail(purpose: ValidationPurpose, appName: string, link: string): Text {
  const text = `Hello,

${REASONS[purpose](appName)}

If it is you, confirm it here:

${link}

If it is not you, you need not do anything: without your confirmation nothing happens.
`;
  return { subject: SUBJECTS[purpose](appName), text };
}

export function addressInUseMail(appName: string): Text {
  const text = `Hello,

somebody, probably you, wanted to use this email address at ${appName}. There is an account with this address already.

If it is yours and you cannot log in, ask for a new password in your app. If it was not you, you need not do anything.
`;
  return { subject: `You have an account at ${appName}`, text };
}
