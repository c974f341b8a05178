import { reportsContract } from '../contracts/reports-contract.ts';
import { FakeReports } from './fake-reports.ts';

reportsContract('FakeReports', async () => ({ reports: new FakeReports(), close: async () => {} }));
