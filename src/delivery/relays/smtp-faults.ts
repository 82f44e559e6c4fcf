import type { SendOutcome } from '../relay.ts';
import { type ReadReply, type Stage, tidy } from '../replies.ts';

interface SmtpFault {
  code?: string;
  command?: string;
  /** The server's reply, where there was one. */
  response?: string;
  message: string;
}

/** What a message's fault means. @param leaving whether its bytes had begun to leave. */
export function failedSend(error: unknown, leaving: boolean, readReply: ReadReply): SendOutcome {
  const fault = error as SmtpFault;
  // The reply decides before Nodemailer's own code: a 421 at RCPT comes as ECONNECTION.
  const outcome = fault.response ? readReply(fault.response, stageOf(fault)) : null;
  if (outcome !== null && outcome.kind !== 'sent') return outcome;
  if (leaving) return { kind: 'unknown', response: tidy(fault.response || fault.message) };
  // Nodemailer itself refuses the address: no command can hold it.
  if (fault.code === 'EENVELOPE' && !fault.response)
    return { kind: 'unsendable', response: tidy(fault.message) };
  if (fault.code === 'EMESSAGE') return { kind: 'relay', trouble: 'stop', response: tidy(fault.message) };
  return relayTrouble(error, readReply);
}

/** What a fault of the line means, at which nothing of a message had left. */
export function relayTrouble(error: unknown, readReply: ReadReply): SendOutcome {
  const fault = error as SmtpFault;
  const said = fault.response ? readReply(fault.response, 'session') : null;
  if (said?.kind === 'relay') return said;
  // Waiting does not teach a server to take our login.
  const stop = fault.code === 'ENOAUTH' || (fault.code === 'EAUTH' && !fault.response);
  return { kind: 'relay', trouble: stop ? 'stop' : 'rest', response: tidy(fault.response || fault.message) };
}

function stageOf({ command }: SmtpFault): Stage {
  if (command === 'MAIL FROM') return 'sender';
  return command === 'RCPT TO' || command === 'DATA' || command === 'CONN' ? 'recipient' : 'session';
}
