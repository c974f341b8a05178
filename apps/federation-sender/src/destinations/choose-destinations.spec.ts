import { describe, expect, it } from 'vitest';
import { isHosted } from '../../test-support/outbound-harness.ts';
import { chooseDestinations } from './choose-destinations.ts';

const RULES = { isHosted, allows: (_origin: string, destination: string) => destination !== 'denied.example' };
const MESSAGE = { sender: '@a:one.example', endsMembershipOf: undefined, distributedBy: undefined };

describe('chooseDestinations', () => {
  it('tells the servers of the room but no hosted one and none that is denied', () => {
    const residents = ['x.example', 'two.example', 'denied.example', 'one.example', 'y.example'];
    expect(chooseDestinations(MESSAGE, residents, RULES)).toEqual({
      origin: 'one.example',
      destinations: ['x.example', 'y.example'],
    });
    expect(chooseDestinations(MESSAGE, ['two.example'], RULES)).toBeUndefined();
  });

  it('tells the server whose user it deprives of an invite or a knock', () => {
    const kick = { ...MESSAGE, endsMembershipOf: 'x.example' };
    expect(chooseDestinations(kick, [], RULES)?.destinations).toEqual(['x.example']);
    expect(chooseDestinations(kick, ['x.example'], RULES)?.destinations).toEqual(['x.example']);
    expect(chooseDestinations({ ...MESSAGE, endsMembershipOf: 'denied.example' }, [], RULES)).toBeUndefined();
  });

  it('leaves events of other servers to these, unless a hosted one was asked to tell the others', () => {
    const residents = ['x.example', 'y.example'];
    const theirs = { ...MESSAGE, sender: '@b:x.example' };
    expect(chooseDestinations(theirs, residents, RULES)).toBeUndefined();
    expect(chooseDestinations({ ...theirs, distributedBy: 'two.example' }, residents, RULES)).toEqual({
      origin: 'two.example',
      destinations: ['y.example'],
    });
  });
});
