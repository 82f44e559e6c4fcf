import { BufferPool } from '../buffer-pool.ts';
import type { Relay, SendOutcome } from '../relay.ts';
import type { Keyring } from './keyring.ts';
import { dkimSignatures } from './signature.ts';

/**
 * A relay whose messages are signed on their way to it, by the keys of the domain in their From. What cannot be
 * signed is not sent: it is the operator's to mend, and nobody loses a try.
 */
export function signingRelay(relay: Relay, keysOf: Keyring): Relay {
  const buffers = new BufferPool();
  return {
    ...relay,
    send: async (envelope, raw) => {
      const domain = fromDomain(raw);
      const own = keysOf(domain);
      if (own.length === 0) {
        return unsigned(
          `no DKIM key for ${domain}, and nothing is sent unsigned. Make one:  broadsheet dkim make ${domain}`,
        );
      }
      let signatures: string;
      try {
        signatures = await dkimSignatures(raw, own);
      } catch (error) {
        return unsigned(`signing for ${domain} failed: ${(error as Error).message}`);
      }
      const signed = buffers.take(signatures.length + raw.length);
      raw.copy(signed, signed.write(signatures, 'latin1'));
      const outcome = await relay.send(envelope, signed);
      buffers.giveBack(signed);
      return outcome;
    },
  };
}

function unsigned(response: string): SendOutcome {
  return { kind: 'relay', trouble: 'unsigned', response };
}

/** The domain of the address in From; folded lines are taken as one. */
function fromDomain(raw: Buffer): string {
  const head = raw.toString('latin1', 0, raw.indexOf('\r\n\r\n') + 2).replace(/\r\n(?=[ \t])/g, '');
  const from = /^From:(.*)$/im.exec(head)?.[1] ?? '';
  return /@([^@>\s]+)>?\s*$/.exec(from)?.[1]?.toLowerCase() ?? '';
}
