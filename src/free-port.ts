import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** `preferred` when nobody listens there on this machine, else any free port. */
export async function freePort(preferred: number): Promise<number> {
  return (await probe(preferred)) ?? (await probe(0)) ?? 0;
}

async function probe(port: number): Promise<number | null> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return null;
  } finally {
    server.close();
  }
}
