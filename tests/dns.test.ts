import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { DnsError, systemDns } from '../src/dns.ts';

/** A name server that knows one TXT record of two strings, refuses what is below `refused`, and never answers `silent`. */
async function startServer(): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const name = query.toString('latin1', 12);
    if (name.includes('silent')) return;
    const known = name.includes('known');
    const code = name.includes('refused') ? 5 : known ? 0 : 3;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(known ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    // A pointer to the name asked for, TXT, IN, an hour, 12 bytes: two strings of five letters.
    const answer = Buffer.from('c00c00100001' + '00000e10' + '000c', 'hex');
    const strings = Buffer.from('\u0005v=spf\u00051 -al', 'latin1');
    socket.send(Buffer.concat([head, question, ...(known ? [answer, strings] : [])]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${(socket.address() as AddressInfo).port}`;
}

test('a record is whole, what is not there is empty, and a server that does not answer is an error of its own', async () => {
  const dns = systemDns({ servers: [await startServer()], timeout: 200, tries: 1 });
  expect(await dns.txt('known.example')).toEqual(['v=spf1 -al']);
  expect(await dns.txt('gone.example')).toEqual([]);
  expect(await dns.mx('gone.example')).toEqual([]);
  expect(await dns.addresses('gone.example')).toEqual([]);
  const silence = await dns.txt('silent.example').catch((error) => error);
  expect(silence).toBeInstanceOf(DnsError);
  expect(silence.message).toMatch(/^silent\.example could not be looked up \(ETIMEOUT\)$/);
  await expect(dns.mx('refused.example')).rejects.toBeInstanceOf(DnsError);
});
