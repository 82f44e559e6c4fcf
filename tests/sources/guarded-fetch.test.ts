import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FetchFailure } from '../../src/sources/fetch-failure.ts';
import { guardedFetch } from '../../src/sources/guarded-fetch.ts';
import { isPublicAddress } from '../../src/sources/public-address.ts';
import { webServer } from './web-server.ts';

const open = { config: { publicUrl: 'https://news.example', fetchPrivate: true } };
const guarded = { config: { publicUrl: 'https://news.example', fetchPrivate: false } };

const resolvesTo =
  (...addresses: string[]): LookupFunction =>
  (_name, options, done) => {
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all === true) done(null, all);
    else done(null, all[0]?.address ?? '', all[0]?.family);
  };

/** A port that nobody listens at. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function failure(url: string, options: Parameters<typeof guardedFetch>[1]): Promise<string> {
  const error = await guardedFetch(url, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FetchFailure);
  return (error as FetchFailure).message;
}

test('a document is fetched with our name and address, and told apart by ETag and date', async () => {
  const server = await webServer((request, response) => {
    if (request.headers['if-none-match'] === '"v1"') return response.writeHead(304).end();
    response.writeHead(200, {
      etag: '"v1"',
      'last-modified': 'Mon, 30 Nov 2026 09:00:00 GMT',
      'content-type': 'text/plain',
    });
    response.end('news');
  });
  const first = await guardedFetch(`${server.url}/feed`, open);
  expect(Buffer.from(first.bytes).toString()).toBe('news');
  expect(first).toMatchObject({
    status: 'fetched',
    etag: '"v1"',
    lastModified: 'Mon, 30 Nov 2026 09:00:00 GMT',
    contentType: 'text/plain',
  });
  expect(server.requests[0]?.headers['user-agent']).toMatch(
    /^Broadsheet\/\S+ \(.*\+https:\/\/news\.example\)$/,
  );

  const second = await guardedFetch(`${server.url}/feed`, { ...open, ...first });
  expect(second).toMatchObject({
    status: 'unchanged',
    etag: '"v1"',
    lastModified: 'Mon, 30 Nov 2026 09:00:00 GMT',
  });
  expect(server.requests[1]?.headers['if-modified-since']).toBe('Mon, 30 Nov 2026 09:00:00 GMT');
});

test.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://0177.0.0.1/',
  'http://10.1.2.3/',
  'http://192.168.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://100.64.0.1/',
  'http://0.0.0.0/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::10.0.0.1]/',
  'http://[2002:7f00:1::]/',
  'http://[fd00::1]/',
  'http://[fe80::1]/',
])('%s is a private address and never connected to', async (url) => {
  expect(await failure(url, guarded)).toMatch(/private address.*FETCH_PRIVATE=on/);
});

test('a name that leads to a private address is not connected to, whatever form the address has', async () => {
  const server = await webServer((_request, response) => response.end('secret'));
  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '10.0.0.7', 'fd12::1']) {
    const url = `http://news.example:${server.port}/`;
    expect(await failure(url, { ...guarded, lookup: resolvesTo(address) })).toContain(
      `news.example leads to ${address}, a private address`,
    );
  }
  expect(server.requests).toHaveLength(0);
});

test('the address that was checked is the one connected to: a name is looked up once', async () => {
  const server = await webServer((_request, response) => response.end('secret'));
  let asked = 0;
  const lookup: LookupFunction = (name, options, done) => {
    asked += 1;
    resolvesTo(asked === 1 ? '127.0.0.1' : '8.8.8.8')(name, options, done);
  };
  await failure(`http://rebind.example:${server.port}/`, { ...guarded, lookup });
  expect(asked).toBe(1);
  expect(server.requests).toHaveLength(0);
});

test('a redirect is followed as far as five times, and to nothing that may not be fetched', async () => {
  const server = await webServer((request, response) => {
    const [, what, count] = /^\/(\w+)\/?(\d*)/.exec(request.url ?? '') ?? [];
    if (what === 'hop' && count !== '0')
      return response.writeHead(302, { location: `/hop/${Number(count) - 1}` }).end();
    if (what === 'file') return response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    if (what === 'user') return response.writeHead(302, { location: 'http://me:secret@127.0.0.1/' }).end();
    if (what === 'nowhere') return response.writeHead(302).end();
    return response.end('arrived');
  });
  const found = await guardedFetch(`${server.url}/hop/5`, open);
  expect(Buffer.from(found.bytes).toString()).toBe('arrived');
  expect(found.url).toBe(`${server.url}/hop/0`);
  expect(await failure(`${server.url}/hop/6`, open)).toContain('redirects more than 5 times');
  expect(await failure(`${server.url}/file`, open)).toContain('not http or https');
  expect(await failure(`${server.url}/user`, open)).toMatch(/holds a user name or password/);
  expect(await failure(`${server.url}/user`, open)).not.toContain('secret');
  expect(await failure(`${server.url}/nowhere`, open)).toContain('without saying where');
});

test('a public page that redirects to this machine is refused at the redirect', async () => {
  const inner = await webServer((_request, response) => response.end('secret'));
  const outer = await webServer((_request, response) =>
    response.writeHead(301, { location: `http://127.0.0.1:${inner.port}/` }).end(),
  );
  // The guard judges 127.0.0.1 of the URL; the outer server stands for a public one by its name alone.
  const config = {
    publicUrl: 'https://news.example',
    get fetchPrivate() {
      return inner.requests.length === 0 && outer.requests.length === 0;
    },
  };
  expect(await failure(`${outer.url}/`, { config })).toMatch(
    /redirects to it: 127\.0\.0\.1 is a private address/,
  );
  expect(inner.requests).toHaveLength(0);
});

test('addresses with a password, of another protocol, or that are none are refused without asking', async () => {
  expect(await failure('ftp://news.example/feed', guarded)).toContain('not http or https');
  expect(await failure('https://me:secret@news.example/feed', guarded)).toMatch(/user name or password/);
  expect(await failure('https://me:secret@news.example/feed', guarded)).not.toContain('secret');
  expect(await failure('news', guarded)).toContain('not a web address');
});

test('a body of 200 MB is cut off as soon as it is too large', async () => {
  let sent = 0;
  const part = Buffer.alloc(1024 * 1024, 'x');
  const server = await webServer((_request, response) => {
    const write = () => {
      while (sent < 200 && !response.destroyed) {
        sent += 1;
        if (!response.write(part)) return void response.once('drain', write);
      }
      response.end();
    };
    write();
  });
  expect(await failure(`${server.url}/`, { ...open, mostBytes: 5 * 1024 * 1024 })).toContain(
    'larger than 5 MB',
  );
  expect(sent).toBeLessThan(60);
});

test('a small body that unpacks to a large one is cut off as well', async () => {
  const bomb = gzipSync(gzipSync(Buffer.alloc(60 * 1024 * 1024)));
  const server = await webServer((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(bomb),
  );
  expect(bomb.length).toBeLessThan(10_000);
  expect(await failure(`${server.url}/`, { ...open, mostBytes: 1024 * 1024 })).toContain('larger than 1 MB');
});

test('a server that says nothing, or never finishes, is given up in time', async () => {
  const server = await webServer((request, response) => {
    if (request.url === '/slow') {
      response.write('begun');
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    }
  });
  expect(await failure(`${server.url}/silent`, { ...open, within: 150 })).toContain(
    'did not answer in full within 1 s',
  );
  expect(await failure(`${server.url}/slow`, { ...open, within: 150 })).toContain('did not answer in full');
});

test('a stop by us is not called a fault of theirs', async () => {
  const server = await webServer(() => {});
  const stop = new AbortController();
  const fetching = guardedFetch(`${server.url}/`, { ...open, signal: stop.signal });
  setTimeout(() => stop.abort(), 20);
  await expect(fetching).rejects.toThrow(/abort/i);
});

test('what a server answers is said in words that help', async () => {
  const server = await webServer((request, response) => {
    response.writeHead(Number(request.url?.slice(1)), { 'retry-after': '120' }).end();
  });
  expect(await failure(`${server.url}/404`, open)).toMatch(
    /answered 404 Not Found: there is nothing at this address/,
  );
  expect(await failure(`${server.url}/410`, open)).toMatch(/taken down for good/);
  expect(await failure(`${server.url}/503`, open)).toMatch(/its server is in trouble/);
  await expect(guardedFetch(`${server.url}/429`, open)).rejects.toMatchObject({ retryAfter: '120' });
});

test('a host that does not exist or answer is named', async () => {
  const notFound: LookupFunction = (_name, _options, done) =>
    done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), []);
  expect(await failure('https://nwes.example/feed', { ...guarded, lookup: notFound })).toContain(
    'there is no host of the name nwes.example',
  );
  const port = await closedPort();
  expect(await failure(`http://127.0.0.1:${port}/`, open)).toContain(
    `127.0.0.1:${port} refused the connection`,
  );
});

test('public addresses are the ones of the internet', () => {
  for (const address of [
    '8.8.8.8',
    '2606:4700:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2002:808:808::1',
  ]) {
    expect(isPublicAddress(address), address).toBe(true);
  }
  for (const address of [
    '255.255.255.255',
    '224.0.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '2001:db8::1',
    '::',
    '::127.0.0.1',
    'ff02::1',
    '2001::1',
    'localhost',
    '',
  ]) {
    expect(isPublicAddress(address), address).toBe(false);
  }
});
