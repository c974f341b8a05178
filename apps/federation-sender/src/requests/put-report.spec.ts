import type { OutboundAnswer, OutboundRequest } from '@plexus/remote-servers';
import { expect, it } from 'vitest';
import { PutReport } from './put-report.ts';

const ANSWER: OutboundAnswer = { outcome: 'answered', status: 200, headers: {}, bytes: new Uint8Array() };
const BODY = Buffer.from('{}');

function reporter(): { readonly sent: OutboundRequest[]; readonly put: PutReport } {
  const sent: OutboundRequest[] = [];
  const send = async (request: OutboundRequest): Promise<OutboundAnswer> => {
    sent.push(request);
    return ANSWER;
  };
  return { sent, put: new PutReport({ send }, 'Plexus') };
}

it('puts a report to the host, port and path of an https URL', async () => {
  const { sent, put } = reporter();
  const outcome = await put.execute({ url: 'https://stats.example:8443/push?a=1', body: BODY, timeoutMs: 5 });
  expect(outcome).toMatchObject({ outcome: 'answered', status: 200 });
  await put.execute({ url: 'https://[::1]/push', body: BODY, timeoutMs: 5 });
  expect(sent).toMatchObject([
    {
      method: 'PUT',
      target: '/push?a=1',
      endpoint: {
        host: 'stats.example',
        port: 8443,
        hostHeader: 'stats.example:8443',
        certificateName: 'stats.example',
      },
    },
    { target: '/push', endpoint: { host: '::1', port: 443, hostHeader: '[::1]', certificateName: '::1' } },
  ]);
});

it.each(['http://stats.example/push', 'file:///etc/passwd', 'nonsense'])('sends nothing to %s', async (url) => {
  const { sent, put } = reporter();
  expect(await put.execute({ url, body: BODY, timeoutMs: 5 })).toMatchObject({ outcome: 'unreachable' });
  expect(sent).toEqual([]);
});
