import type { Durability, Signing } from './orders.ts';

/** What a sender should at least reach of `smtp-source`'s rate, to each sink; null: nothing is asked. */
interface Target {
  smtpSink: number | null;
  small: number | null;
}

export type Contestant = { name: string; target: Target } & (
  | { kind: 'smtp-source' | 'source' | 'pool' | 'bare' }
  | {
      kind: 'ours';
      database: 'sqlite' | 'postgres';
      durability: Durability;
      signing: Signing;
      processes: 1 | 2;
    }
);

const SIGNED: Record<Signing, string> = {
  unsigned: 'unsigned',
  ed25519: 'DKIM Ed25519',
  rsa: 'DKIM RSA-2048',
};

const NONE: Target = { smtpSink: null, small: null };

/** Who is measured: two yardsticks, what people write, and ours. */
export const CONTESTANTS: Contestant[] = [
  { kind: 'smtp-source', name: '`smtp-source` (Postfix, C): one message over and over', target: NONE },
  { kind: 'source', name: 'a bare loop in Node: one message over and over', target: NONE },
  { kind: 'pool', name: 'Nodemailer pool, `sendMail`', target: NONE },
  {
    kind: 'bare',
    name: 'ours, composed for each recipient, nothing stored',
    target: { smtpSink: 0.9, small: 0.65 },
  },
  ours('SQLite', 'unsigned', { smtpSink: 0.85, small: 0.45 }),
  ours('SQLite', 'ed25519', { smtpSink: 0.8, small: null }),
  ours('SQLite', 'rsa', { smtpSink: 0.45, small: null }),
  ours('SQLite, `synchronous=FULL`', 'unsigned', { smtpSink: 0.5, small: null }),
  ours('PostgreSQL', 'unsigned', { smtpSink: 0.6, small: 0.35 }),
  ours('PostgreSQL', 'ed25519', NONE),
  ours('PostgreSQL', 'rsa', NONE),
  ours('PostgreSQL, 2 processes', 'unsigned', { smtpSink: 0.45, small: null }),
  ours('PostgreSQL, 2 processes', 'ed25519', NONE),
  ours('PostgreSQL, 2 processes', 'rsa', NONE),
];

function ours(where: string, signing: Signing, target: Target): Contestant {
  return {
    kind: 'ours',
    name: `**ours**, ${where}, ${SIGNED[signing]}`,
    database: where.startsWith('SQLite') ? 'sqlite' : 'postgres',
    durability: where.includes('FULL') ? 'FULL' : 'NORMAL',
    signing,
    processes: where.includes('2 processes') ? 2 : 1,
    target,
  };
}
