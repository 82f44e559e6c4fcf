import { createTransport } from 'nodemailer';

/** The parts of a message as people give them to `sendMail`. */
export interface Parts {
  html: string;
  text: string;
}

/**
 * What people write: a Nodemailer pool and `sendMail` with the same parts. Nothing is kept.
 * @returns messages a second.
 */
export async function measurePool(
  port: number,
  { html, text }: Parts,
  messages: number,
  connections: number,
): Promise<number> {
  const transport = createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    ignoreTLS: true,
  });
  let at = 0;
  const line = async () => {
    while (at < messages) {
      const id = at++;
      await transport.sendMail({
        from: 'The Harbour Ledger <digest@news.example>',
        to: `reader${id}@example.org`,
        subject: 'Eleven ports agree to share one flood fund',
        messageId: `<${id.toString(16).padStart(32, '0')}@news.example>`,
        html,
        text,
      });
    }
  };
  const began = performance.now();
  // As many at a time as keep the lines busy: a pool's own queue would only cost memory.
  await Promise.all(Array.from({ length: connections * 2 }, line));
  const rate = messages / ((performance.now() - began) / 1000);
  transport.close();
  return rate;
}
