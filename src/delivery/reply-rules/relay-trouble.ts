import type { ReplyRule } from '../reply-rules.ts';
import { REST, STOP } from './meanings.ts';

/**
 * Replies about the relay and us, never about the recipient: `rest` is over by itself, `stop` needs a person.
 * Whoever is refused by a `stop` is asked again after it, so that nothing which one recipient's own server said
 * may be taken for one.
 */
export const RELAY_TROUBLE: ReplyRule[] = [
  { why: 'the relay is closing', code: /^421/, means: REST, sample: '421 4.3.2 Service shutting down' },
  {
    why: 'our quota is used up',
    code: /^[45]/,
    text: /\b(daily|hourly|monthly|24[- ]hour)\b.{0,30}\b(quota|limit)\b.{0,20}\b(exceeded|reached)|\bexceeded\b.{0,40}\b(sending|message|messaging|emails per (hour|day)|24[- ]hour)\b.{0,20}\b(quota|limit|limits|allowed)|\b(sending|messaging) (quota|limits?) (is |was |has been )?(exceeded|reached)|\breached your daily limit\b|\bmaximum credits exceeded/i,
    // The mailbox of the one who reads it.
    unless: /\b(recipient|mailbox|user you are trying to contact)\b(?!s)/i,
    means: REST,
    sample: '454 Throttling failure: Daily message quota exceeded.',
  },
  {
    why: 'we send too fast',
    code: /^4/,
    text: /\bthrottling failure|\bmaximum sending rate|\btoo many (concurrent )?(connections|sessions)\b|\bconcurrent connections? limit|\bconnection rate limit|\btoo many messages in this (session|connection)|\btoo many requests/i,
    means: REST,
    sample: '454 Throttling failure: Maximum sending rate exceeded.',
  },
  {
    why: 'our login is not accepted',
    code: /^(525|530|534|535|538)/,
    means: STOP,
    sample: '535 5.7.8 Authentication credentials invalid',
  },
  {
    why: 'a login is required',
    code: /^5/,
    text: /^(@:? ?)?(smtp )?auth(entication|orization)? (is )?required\b|\byou must (first )?authenticate\b|^authentication failed\b|\bunauthenticated senders not allowed|\bmust issue a STARTTLS\b|\bnot authori[sz]ed to perform\b/i,
    means: STOP,
    sample: '550 5.7.0 Authentication required',
  },
  {
    why: 'the relay tries us out (sandbox)',
    code: /^[45]/,
    text: /\bemail address is not verified\b|\bsandbox (sub)?domains? (are|is) for test|\bfree accounts are for test|\baccount is pending approval|\bnot yet activated\b/i,
    means: STOP,
    sample:
      '554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1: news@news.example',
  },
  {
    why: 'the relay has closed our account',
    code: /^[45]/,
    text: /\bsending (is |has been )?paused for this account|\b(your|this|sending|smtp) account (is |was |has been )?(suspended|disabled|deactivated|blocked|closed)|\btenant has exceeded threshold|\bbad outbound sender\b|\bunusual sending activity|\bconfiguration set\b.{0,60}\bdoes not exist/i,
    unless: /\b(recipient|mailbox|user)\b/i,
    means: STOP,
    sample: '554 Message rejected: Sending paused for this account.',
  },
  {
    why: 'the relay does not know our sender',
    code: /^5/,
    text: /\bsender address rejected: not (owned by|logged in)|\bnot (a )?verified sender|\bdoes not match a verified sender|\bis not a sender signature\b|\bpermissions? to send as\b|\bnot (allowed|authori[sz]ed) to send (mail )?(as|from)\b|\bunauthori[sz]ed ip address|^relaying disallowed as\b/i,
    means: STOP,
    sample:
      '550 The from address does not match a verified Sender Identity. Mail cannot be sent until it does.',
  },
  {
    why: 'the relay does not relay for us',
    code: /^5/,
    // Only as its own first words: after "host … said:" another server refuses one recipient.
    text: /^(@(:|\.\.\.)? ?)?(relay(ing)? (access )?(is )?(denied|not permitted|not allowed|prohibited)|relay not permitted|(smtp; )?unable to relay|we do not relay|sorry, that domain isn't in my list of allowed rcpthosts)/i,
    means: STOP,
    sample: '554 5.7.1 <reader@example.org>: Relay access denied',
  },
  {
    why: 'the relay is busy',
    code: /^4/,
    stage: 'session',
    means: REST,
    sample: '454 4.7.0 Temporary authentication failure',
  },
  {
    why: 'the relay refuses us',
    code: /^5/,
    stage: 'session',
    means: STOP,
    sample: '554 5.7.1 No SMTP service here',
  },
  {
    why: 'the relay takes no mail of ours for now',
    code: /^4/,
    stage: 'sender',
    means: REST,
    sample: '452 4.3.1 Insufficient system storage',
  },
  {
    why: 'message too big',
    code: /^5/,
    enhanced: /^5\.(2\.3|3\.4)$/,
    unless: /\bRecipSizeLimit\b|\b(for|of|by) ((this|the) )?(recipient|mailbox)\b/i,
    means: STOP,
    sample: '552 5.3.4 Message size exceeds fixed limit',
  },
  {
    why: 'message too big',
    code: /^55[24]/,
    text: /\bmessage (size |file |length |is )?(too (big|large|long)|exceeds? (the )?(fixed |maximum |max |my |size |databytes |administrative |allowed )+|size limit)/i,
    unless: /\bmailbox|\brecipient|\bquota|\bstorage/i,
    means: STOP,
    sample: '552 Message size exceeds maximum permitted',
  },
  {
    why: 'the relay does not know our sender',
    code: /^5/,
    stage: 'sender',
    means: STOP,
    sample: '553 5.1.8 Sender address rejected: Domain not found',
  },
  {
    why: 'our sender address is refused',
    code: /^5/,
    enhanced: /^5\.1\.[78]$/,
    means: STOP,
    sample: '553 5.1.8 <bounce@news.example>... Domain of sender address bounce@news.example does not exist',
  },
];
