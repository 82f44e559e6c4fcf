import type { ReplyRule } from '../reply-rules.ts';
import { GONE, POLICY, SOFT } from './meanings.ts';

/** Words that were seen to mean nothing but "there is no such mailbox". */
const NO_MAILBOX =
  /\b(unknown (user|recipient|local[- ]part)\b|(user|recipient|addressee) (is )?unknown\b|unknown or illegal alias|no such (user|mailbox|recipient|person)\b|(?<!sender |sending |smtp |your )(user|recipient|mailbox|account|addressee) (was |is )?not found\b(?! in (the |our )?(allow|white|safe))|(?<!sender |sending |smtp |your )(user|recipient|mailbox|account|addressee|recipient address|email address) does(n't| not) exist\b|user not exist\b|no mailbox here by that name|not our (customer|user)\b|invalid (recipient|mailbox)\b(?! domain)|does(n't| not) have an? \S{1,40} account\b|no longer on (this )?server\b|\S{1,20} is unavailable: (user|account) (is )?(terminated|disabled)\b|this mailbox is disabled\b)/i;

/** Words about the message, the sender or the network it came from. */
const ABOUT_US =
  /spam(?!\.example)|\bunsolicited\b|\b(ube|uce)\b|\bblack ?list|\bblock(ed)? ?list|\bdeny ?list|\b(dns|r)bl\b|\breputation\b|\bbarracuda|\bsorbs\b|\bvirus\b|\bmalware\b|\bphish|\b(message|mail|e-?mail) (content )?(was |has been |is )?(rejected|refused|blocked|filtered|denied)\b|\bcontent (rejected|denied|blocked)\b|\bsecurity polic|\bpolicy (rejection|violation|reasons?)|\blocal policy\b|\bdue to (local |domain )?polic|\bdmarc\b|\bdkim\b|\bspf\b|\badministrative prohibition\b|\breverse dns\b|\bptr record\b|\bblocked using\b|\bclient host (rejected|blocked)\b|\bnot authenticated\b/i;

/** Enhanced codes that name no cause: only the words do. */
const SAYS_NOTHING = /^5\.(0\.0|1\.0|1\.351|2\.0|3\.0|5\.0|6\.[01])$/;

/** Refused for good as it is (5xx). What speaks against `gone` comes before it, whatever code is given. */
export const REFUSED: ReplyRule[] = [
  // About us, though a recipient, or a user, is named.
  {
    why: 'our sender could not be verified',
    code: /^5/,
    text: /\bsender verif(y|ication) failed|\bverification failed for @|\bcallout verification fail|\bcallback setup failed|\bcould not verify sender|\bsender address rejected\b/i,
    means: POLICY,
    sample: '550-Called: 192.0.2.7 550-Response: 550 No such user 550 Sender verify failed',
  },
  {
    why: 'too many from us',
    code: /^5/,
    text: /\b(sent|sending|sends) to too many recipients|\btoo many (invalid|unknown) (recipients|users)|\bip frequency limited/i,
    means: POLICY,
    sample: '550 5.1.1 <reader@example.org> 192.0.2.7 has sent to too many recipients this hour.',
  },
  {
    why: 'AOL does not take it',
    code: /^521/,
    enhanced: /^5\.2\.1$/,
    means: POLICY,
    sample: '521 5.2.1 : AOL will not accept delivery of this message.',
  },
  // About the reader's own wish.
  {
    why: 'blocked by the reader',
    code: /^5/,
    text: /\brecipient (has |is |was )?(blocked|rejected|blocking|rejecting) (mail|messages|e-?mails?|you|this|the sender)\b|\bblocked by (the )?recipient\b|\brecipient preferences\b|\b(does not|doesn't) accept (mail|messages|e-?mails?) from (you|this sender|@)|\bmanually blocked senders?\b|\bblocked by (the )?user\b|\b(blocked|rejected) by (the )?(recipient|user)('s)? (filter|rules?|settings|preferences)/i,
    means: SOFT,
    sample: '550 5.7.1 The recipient has blocked mail from this sender',
  },
  {
    why: 'takes mail only from chosen senders',
    code: /^5/,
    enhanced: /^5\.7\.(12[0-9]|13[0-9])$/,
    means: SOFT,
    sample: '550 5.7.124 RESOLVER.RST.RecipientNotAuthorized; sender is not in the allowed-senders list',
  },
  {
    why: 'takes mail only from chosen senders',
    code: /^5/,
    enhanced: /^5\.7\.\d+$/,
    text: /\bRESOLVER\.RST\.|\bsender ?not ?authenticated ?for ?(group|mailbox)|\brecipient address rejected: access denied/i,
    means: SOFT,
    sample: '550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized to send to this recipient',
  },
  // About the mailbox at this moment.
  {
    why: 'takes no more for now',
    code: /^5/,
    text: /\bis receiving (mail|messages) (too quickly|at a rate)|\btemporar(y|ily)\b|\b(try|send) (it )?again (later|in)\b|\bplease retry later|\btry later\b/i,
    means: SOFT,
    sample: '550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more.',
  },
  {
    why: 'mailbox full',
    code: /^5/,
    enhanced: /^5\.2\.2$/,
    means: SOFT,
    sample: '552 5.2.2 <reader@example.org>: user is over quota',
  },
  {
    why: 'mailbox full',
    code: /^5/,
    text: /\b(mail ?box|inbox|user|account|recipient|recipient's (mailbox|inbox))( @)?( for user)? (is |has )?(full\b|over[- ]?(its )?quota\b|out of storage|exceeded (its |the )?(storage|quota|disk|mailbox))|\b(over|exceed(s|ed)?) (the |its |their )?(mailbox |disk |storage |mail )?quota\b|\b(disk |mailbox )?quota (is |has been )?exceeded\b|\bmail ?box size (limit )?(is )?exceeded|\bmail ?box (size )?limit\b|\binsufficient (mailbox|disk) space/i,
    means: SOFT,
    sample: '552 Requested mail action aborted: mailbox is full',
  },
  {
    why: 'message too big for this mailbox',
    code: /^5/,
    enhanced: /^5\.(2\.3|3\.4)$/,
    means: SOFT,
    sample: '550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient',
  },
  {
    why: 'given up after trying',
    code: /^5/,
    enhanced: /^[45]\.4\.(7|300|316)$/,
    means: SOFT,
    sample: '550 4.4.7 QUEUE.Expired; message expired',
  },
  // What the code says of the address.
  {
    why: 'says two things',
    code: /^5/,
    enhanced: /^5\.(1\.(1|6|10)|2\.1)$/,
    text: new RegExp(`${ABOUT_US.source}|\\bblocked\\b|\\bsaid: [45]\\d\\d`, 'i'),
    unless: NO_MAILBOX,
    means: SOFT,
    sample: '550 5.1.1 <reader@example.org>: refused, your network is on our blacklist',
  },
  {
    why: 'says two things',
    code: /^5/,
    enhanced: /^5\.(1\.(1|6|10)|2\.1)$/,
    text: /\bundeliverable address: host .{1,120} said: (4|5\d\d[ -]5\.(?!1\.[16]|2\.1))/i,
    means: SOFT,
    sample:
      '550 5.1.1 <reader@example.org>: undeliverable address: host mx.example.org[192.0.2.9] said: 554 5.7.1 unknown user or spam',
  },
  {
    why: 'no such mailbox',
    code: /^5/,
    enhanced: /^5\.1\.1$/,
    means: GONE,
    sample:
      '550-5.1.1 The email account that you tried to reach does not exist. Please try 550 5.1.1 double-checking it.',
  },
  {
    why: 'the mailbox has moved',
    code: /^5/,
    enhanced: /^5\.1\.6$/,
    means: GONE,
    sample: '550 5.1.6 recipient no longer on server: reader@example.org',
  },
  {
    why: 'takes no mail at all',
    code: /^5/,
    enhanced: /^5\.1\.10$/,
    means: GONE,
    sample: '556 5.1.10 Recipient address has null MX',
  },
  {
    why: 'the mailbox is closed',
    code: /^5/,
    enhanced: /^5\.2\.1$/,
    means: GONE,
    sample: '550 5.2.1 The email account that you tried to reach is disabled.',
  },
  {
    why: 'not an address',
    code: /^5/,
    enhanced: /^5\.1\.3$/,
    means: GONE,
    sample: '501 5.1.3 Bad recipient address syntax',
  },
  {
    why: 'not an address that mail servers pass on',
    code: /^5/,
    enhanced: /^5\.6\.7$/,
    means: GONE,
    sample: '553 5.6.7 The recipient server does not accept non-ASCII addresses',
  },
  {
    why: 'no such mailbox',
    code: /^550/,
    enhanced: /^5\.4\.1$/,
    // Exchange Online turns away whom its directory does not know.
    text: /^(@: )?recipient address rejected: access denied\b.{0,80}\bAS\(201806281\)/i,
    means: GONE,
    sample: '550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [mx.example.org]',
  },
  {
    why: 'no such domain',
    code: /^5/,
    enhanced: /^5\.(1\.2|4\.4|4\.310)$/,
    means: SOFT,
    sample: '550 5.1.2 <reader@example.org>... Host unknown (Name server: host not found)',
  },
  // What the code says of us. Some servers say no such user under it: that is neither.
  {
    why: 'says two things',
    code: /^5/,
    enhanced: /^5\.7\./,
    text: NO_MAILBOX,
    means: SOFT,
    sample: '550 5.7.1 No such user!',
  },
  {
    why: 'our mail is not authenticated',
    code: /^5/,
    enhanced: /^5\.7\.(9|2[0-7]|3[0-2]|40|509|515)$/,
    means: POLICY,
    sample: '550 5.7.515 Access denied, sending domain does not meet the required authentication level',
  },
  {
    why: 'our reputation, or what it says',
    code: /^5/,
    enhanced: /^5\.7\./,
    means: POLICY,
    sample:
      '550-5.7.1 Our system has detected that this message is likely suspicious 550 5.7.1 due to its sender.',
  },
  // Without a telling code only the words are left.
  {
    why: 'no such mailbox',
    code: /^550/,
    enhanced: /^5\.1\.351$/,
    // Exchange Online quotes the server that said it.
    text: new RegExp(`-> (55[0134] )?(5\\.1\\.1 )?(@:? )?${NO_MAILBOX.source}`, 'i'),
    unless: ABOUT_US,
    means: GONE,
    sample:
      '550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> 550 Unknown user reader@example.org',
  },
  {
    why: 'says two things',
    code: /^5/,
    text: /\b(unknown|not found|not exist)( (user|recipient|mailbox))? or\b|\bor (user |mailbox |recipient )?(unknown|not found|unavailable|inactive)\b/i,
    means: SOFT,
    sample: '550 5.1.351 Remote server returned unknown recipient or mailbox unavailable',
  },
  {
    why: 'no such mailbox',
    code: /^(511|55[0134])/,
    enhanced: SAYS_NOTHING,
    text: NO_MAILBOX,
    unless: ABOUT_US,
    means: GONE,
    sample: '550 5.0.0 <reader@example.org>... User unknown',
  },
  {
    why: 'by its code, another cause',
    code: /^5/,
    enhanced: /^[45]\.(?!(0\.0|1\.0|1\.351|2\.0|3\.0|5\.0|6\.[01])$)/,
    means: SOFT,
    sample: '554 5.4.6 Routing loop: too many hops',
  },
  {
    why: 'no such mailbox',
    code: /^(511|55[01234])/,
    text: NO_MAILBOX,
    unless: ABOUT_US,
    means: GONE,
    sample: '550 No such user here',
  },
  {
    why: 'takes no mail at all',
    code: /^556/,
    means: GONE,
    sample: '556 Domain does not accept mail',
  },
  {
    why: 'says two things',
    code: /^5/,
    text: NO_MAILBOX,
    means: SOFT,
    sample: '550 Rejected as spam: user unknown',
  },
  {
    why: 'our reputation, or what it says',
    code: /^5/,
    text: ABOUT_US,
    means: POLICY,
    sample: '554 Service unavailable; client host [192.0.2.7] blocked using zen.spamhaus.org',
  },
  {
    why: 'refused, without a reason that we know',
    code: /^5/,
    means: SOFT,
    sample: '554 Transaction failed',
  },
];
