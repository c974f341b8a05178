export { AccountEventIntake } from './account-event-intake.ts';
export type { AccountEventIntakePorts } from './account-event-intake.ts';
export { ACCOUNT_TOPIC_SETUP, PublishAccountEvents } from './publish-account-events.ts';
export type { PublishAccountEventsPorts } from './publish-account-events.ts';
export { eventOf, recordOf } from './account-event-record.ts';
