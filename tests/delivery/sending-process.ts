import { connect } from '../../src/database/connect.ts';
import { nodemailerRelay } from '../../src/delivery/relays/nodemailer.ts';
import { startSender } from '../../src/delivery/sender.ts';
import { testContext } from '../setup/context.ts';
import { SLOT } from './newsroom.ts';

/** A sender in a process of its own, so that it can be killed: `sending-process.ts DATABASE_URL SMTP_URL LEASE`, in ms. */
const [databaseUrl = '', smtpUrl = '', lease = ''] = process.argv.slice(2);
const db = connect(databaseUrl);
const context = testContext(db, { now: () => SLOT, env: { SMTP_RATE: '100000', STOP_SECONDS: '5' } });
const sender = await startSender(context, nodemailerRelay(smtpUrl, { connections: 4 }), {
  // The text of the message does not matter here, and its templates take long to load.
  compose: async (_edition, revision) => ({
    forRecipient: ({ email, deliveryToken }) => ({
      envelope: { from: 'digest@news.example', to: email },
      raw: Buffer.from(`Message-ID: <${deliveryToken}@news.example>\r\n\r\nRevision ${revision}\r\n`),
    }),
  }),
  timing: { pollEvery: 20, renewEvery: 100, goodFor: Number(lease), restFor: 30 },
});
const stop = async () => {
  await sender.stop();
  await db.destroy();
};
process.once('SIGTERM', () => void stop());
