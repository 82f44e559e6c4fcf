/** A real IMAP server in memory, as far as the tests use it. */
declare module 'hoodiecrow-imap' {
  import type { Server } from 'node:net';

  interface ImapServer {
    server: Server;
    folderCache: Record<string, { messages: { uid: number; flags: string[]; raw: string }[] } | undefined>;
    listen: (port: number, done: () => void) => void;
    close: (done: () => void) => void;
    appendMessage: (folder: string, flags: string[], internaldate: boolean, raw: string) => void;
  }

  // biome-ignore lint/style/noDefaultExport: that is how the package exports it.
  export default function hoodiecrow(options: object): ImapServer;
}
