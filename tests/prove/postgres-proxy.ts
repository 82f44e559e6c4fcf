import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

interface Line {
  client: Socket;
  server: Socket;
  /** What the server says is swallowed: it has done what it was asked, and nobody hears of it. */
  deaf: boolean;
}

/** Stands between senders and PostgreSQL, and can keep its answers to itself. */
export interface PostgresProxy extends AsyncDisposable {
  /** `postgres://…` by way of the proxy. */
  url: string;
  /** Swallows the answers to the next `commits` commits, and breaks those lines after `ms`. */
  swallowCommits: (commits: number, ms: number) => Promise<void>;
  /** Swallows all answers for `ms`, then breaks every line. */
  silence: (ms: number) => Promise<void>;
}

/** ADVANCE is one statement that commits by itself; everything else that changes several rows ends with `commit`. */
const COMMITS = ['broadsheet_advance', 'commit\0'];

export async function startPostgresProxy(url: string): Promise<PostgresProxy> {
  const target = new URL(url);
  const lines = new Set<Line>();
  let allDeaf = false;
  let toSwallow = 0;
  let swallowFor = 0;

  const server = createServer({ noDelay: true }, (client) => {
    const line: Line = {
      client,
      server: dial(Number(target.port), target.hostname).setNoDelay(true),
      deaf: allDeaf,
    };
    lines.add(line);
    client.on('data', (chunk) => {
      if (toSwallow > 0 && COMMITS.some((text) => chunk.includes(text))) {
        toSwallow--;
        line.deaf = true;
        setTimeout(() => hangUp(line), swallowFor);
      }
      line.server.write(chunk);
    });
    line.server.on('data', (chunk) => {
      if (!line.deaf) client.write(chunk);
    });
    for (const socket of [client, line.server]) {
      socket.on('error', () => {});
      // Not by waiting for the answer to what was written: the other side is gone.
      socket.on('close', () => hangUp(line));
    }
  });

  function hangUp(line: Line): void {
    line.client.destroy();
    line.server.destroy();
    lines.delete(line);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const own = new URL(url);
  own.port = String((server.address() as AddressInfo).port);
  return {
    url: own.href,
    swallowCommits: async (commits, ms) => {
      swallowFor = ms;
      toSwallow = commits;
      const patience = performance.now() + 3_000;
      while (toSwallow > 0 && performance.now() < patience) await pause(5);
      toSwallow = 0;
      await pause(ms);
    },
    silence: async (ms) => {
      allDeaf = true;
      for (const line of lines) line.deaf = true;
      await pause(ms);
      allDeaf = false;
      for (const line of [...lines]) hangUp(line);
    },
    [Symbol.asyncDispose]: async () => {
      for (const line of [...lines]) hangUp(line);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
