import { appservicesContract } from '../contracts/appservices-contract.ts';
import { FakeAppservices } from './fake-appservices.ts';

appservicesContract('fake', async () => ({ appservices: new FakeAppservices(), close: async () => undefined }));
