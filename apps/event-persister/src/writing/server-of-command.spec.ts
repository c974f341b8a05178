import type { ProtoEvent } from '@plexus/rpc';
import { describe, expect, it } from 'vitest';
import { serverOfCommand } from './server-of-command.ts';

const event: ProtoEvent = {
  type: 'm.room.message',
  sender: '@a:one.example:8448',
  content: Buffer.from('{}'),
  redacts: '',
  originServerTs: 0,
  transactionId: '',
  senderDeviceId: '',
};

describe('serverOfCommand', () => {
  it('is the server of who acts', () => {
    expect(serverOfCommand({ $case: 'sendEvent', value: { event } })).toBe('one.example:8448');
    const room = { roomVersion: '12', createEvent: Buffer.from('{}') };
    expect(serverOfCommand({ $case: 'createRoom', value: { ...room, events: [event] } })).toBe('one.example:8448');
  });

  it('is the server that another server has sent it to', () => {
    const pdu = { roomVersion: '12', eventId: '$e', json: Buffer.from('{}'), contentHashMismatch: false };
    const command = { ...pdu, origin: 'elsewhere.example', destination: 'two.example' };
    expect(serverOfCommand({ $case: 'acceptPdu', value: command })).toBe('two.example');
  });

  it('is nobody of what is for the deployment, or makes no sense', () => {
    expect(serverOfCommand({ $case: 'dropExtremities', value: {} })).toBe('');
    expect(serverOfCommand({ $case: 'sendEvent', value: { event: undefined } })).toBe('');
    expect(serverOfCommand(undefined)).toBe('');
    const nonsense = { ...event, sender: 'nonsense' };
    expect(serverOfCommand({ $case: 'sendEvent', value: { event: nonsense } })).toBe('');
  });
});
