/** Mails that come back, all made up here. */

const CRLF = '\r\n';
const mail = (lines: string[]) => Buffer.from(lines.join(CRLF) + CRLF);

/** A report of RFC 3464 about `to`, sent to the return path of `token`. */
export function dsn({
  token,
  to = 'ada@paper.example',
  action = 'failed',
  status = '5.1.1',
  diagnostic = `550 5.1.1 <${to}>: no such mailbox here`,
  returned = true,
}: {
  token: string;
  to?: string;
  action?: string;
  status?: string;
  diagnostic?: string;
  returned?: boolean;
}): Buffer {
  return mail([
    'Return-Path: <>',
    'From: MAILER-DAEMON@mx.paper.example (Mail Delivery System)',
    `To: bounce+${token}@bounce.news.example`,
    'Subject: Undelivered Mail Returned to Sender',
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"',
    '',
    '--b1',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'Your message did not arrive. What the other server said stands below.',
    '',
    '--b1',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.paper.example',
    '',
    `Final-Recipient: rfc822; ${to}`,
    `Action: ${action}`,
    `Status: ${status}`,
    `Diagnostic-Code: smtp; ${diagnostic}`,
    ...(returned
      ? [
          '',
          '--b1',
          'Content-Type: text/rfc822-headers',
          '',
          `Message-ID: <morning.2026-11-24.${token}@news.example>`,
          'Subject: Ferries run again',
        ]
      : []),
    '',
    '--b1--',
  ]);
}

/** A complaint of RFC 5965; where it names us only in the message that is sent back. */
export function arf(token: string, type = 'abuse'): Buffer {
  return mail([
    'From: <loop@mailbox.example>',
    'To: <abuse@news.example>',
    'Subject: FW: Ferries run again',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b2"',
    '',
    '--b2',
    'Content-Type: text/plain',
    '',
    'One of our users pressed a button.',
    '',
    '--b2',
    'Content-Type: message/feedback-report',
    '',
    `Feedback-Type: ${type}`,
    'User-Agent: Loop/2',
    'Version: 1',
    '',
    '--b2',
    'Content-Type: message/rfc822',
    '',
    'From: digest@news.example',
    'To: redacted@mailbox.example',
    'Subject: Ferries run again',
    `List-Unsubscribe: <https://news.example/u/x>, <mailto:unsubscribe+${token}@bounce.news.example?subject=unsubscribe>`,
    '',
    'The news.',
    '',
    '--b2--',
  ]);
}

/** A plain mail. */
export function plain(headers: Record<string, string>, text: string): Buffer {
  return mail([
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
  ]);
}
