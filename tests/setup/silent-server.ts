import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface SilentServer extends AsyncDisposable {
  /** The address of what is behind it, by way of it. */
  url: string;
  /** From now on no byte passes on the connections that are open, and nobody is told. */
  silence: () => void;
  /** Nor is one passed on those that are opened from now on. */
  vanish: () => void;
}

/** Stands before a server and lets everything pass, until the server is to be there no more without saying so. */
export async function silentServer(url: string): Promise<SilentServer> {
  const behind = new URL(url);
  const open = new Set<Socket>();
  let gone = false;
  const server = createServer((outside) => {
    const both = [outside];
    if (!gone) {
      const inside = connect(Number(behind.port || 5432), behind.hostname);
      both.push(inside);
      outside.pipe(inside).pipe(outside);
    }
    for (const socket of both) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        // Who hangs up tells the other, until nobody is told anything.
        if (socket.readableFlowing) for (const other of both) other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const way = new URL(url);
  way.hostname = '127.0.0.1';
  way.port = String((server.address() as AddressInfo).port);
  const silence = () => {
    for (const socket of open) {
      socket.unpipe();
      socket.pause();
    }
  };
  return {
    url: way.href,
    silence,
    vanish: () => {
      gone = true;
      silence();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
