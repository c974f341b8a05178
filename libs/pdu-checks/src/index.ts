export { AnswerReader } from './answer-reader.ts';
export type { AnswerReaderPorts, ReadAnswer } from './answer-reader.ts';
export type { AnsweredEvent, EventListsQuery } from './event-lists.ts';
export { identifyPdu } from './identify-pdu.ts';
export type { IdentifiedPdu } from './identify-pdu.ts';
export { PduChecker } from './pdu-checker.ts';
export type { CheckedPdu, PduCheckerPorts, ValidPdu } from './pdu-checker.ts';
export { VerificationError, VerificationThreads } from './verification-threads.ts';
