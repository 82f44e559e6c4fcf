import type { BounceRule } from '../reasons.ts';

/** Gateways and lists that stand before the mailbox, and the words in which everybody refuses a sender. */
export const filters: BounceRule[] = [
  {
    text: /user not exist|no such user/i,
    where: /x-nai-header/,
    means: 'refused by the reader',
    sample: '550 No such user',
  },
  {
    text: /(virus|malware|infected|worm|trojan)( was)? ?(detected|found|infected|in|attachment)|detected .{0,30}(virus|malware)|message .{0,30}(contains? (a )?virus|infected)|attachment .{0,30}(blocked|not allowed|forbidden|prohibited)|(blocked|forbidden|prohibited|illegal) .{0,20}attachment/i,
    means: 'virus',
    sample: '550 Virus detected; content rejected',
  },
  {
    text: /DMARC|\bDKIM\b.*(fail|invalid|missing|require|pass)|\bSPF\b.{0,80}(fail|reject|record|check|permit|invalid|error|mechanism|policy|denied|pass)|(fail\w*|reject\w*|violat\w*|not (allowed|permitted)).{0,40}\bSPF\b|openspf\.org|sender policy framework|sender ?id (permerror|temperror|fail)|authentication (check|results?) .{0,20}fail|(not|fails?|failed) .{0,30}(required )?authentication (level|checks?)|not authorized to (send|use) .{0,60}(domain|from)|domain .{0,60}not authori[sz]ed/i,
    means: 'authentication',
    sample: '550 5.7.1 rejected by DMARC policy of news.example',
  },
  {
    text: /reverse dns|\bPTR\b|\brDNS\b|FCrDNS|reverse (lookup|hostname|mapping|address)|(client|sender|ip|your) .{0,30}(host ?name|ip name|ip address) .{0,30}(not found|cannot (find|be found)|could not be|resolve|lookup)|cannot find your hostname|forward(-|\s)?confirmed|no hostname (for|found)|ip (name )?lookup failed|generic (host|ptr|reverse|hostname)|dynamic (ip|address|host)|domain (must resolve|lookup failed)|could not resolve (your|the) (ip|address)|helo.{0,40}(resol|match|invalid|reject)|fix reverse/i,
    means: 'reverse DNS',
    sample: '550 Client host rejected: cannot find your hostname, [192.0.2.7]',
  },
  {
    text: /relay(ing)? (access )?(denied|not (permitted|allowed|authorized)|prohibited|attempted|operation rejected|is not allowed|rejected)|(unable|not (allowed|permitted|authorized)|refus\w+|denied|insecure|no|cannot|can't) (to |mail )?relay|open relay|not (a |an )?(open|permitted) (mail )?relay|rcpthosts|not (allowed|permitted) to relay|not local|relay(ing)? (mail )?(through|for) .{0,60}(denied|not)|you must (log ?in|authenticate)|(SMTP )?authentication (is )?required|please authenticate|specify a user and password|only accept(s|ing)? (e?mail|messages) (for|from) (our|local|authenticated)|not gateway/i,
    means: 'relaying',
    sample: '554 5.7.1 <ada@paper.example>: Relay access denied',
  },
  {
    text: /sender (address |domain )?(was |is |has been |address )?(rejected|denied|refused|invalid|blocked|not (verified|exist|found|recognized|allowed|accepted)|unknown|undeliverable|verify failed|verification failed)|(invalid|bad|unresolvable|illegal|unknown|missing|null|empty|forged|fake) (sender|return[- ]path|mail from|from (address|domain|header)|envelope (sender|from)|reverse[- ]path)|domain of sender|sender'?s? (address|domain|mail ?box|e-?mail) .{0,80}(does not|doesn't|not) (exist|resolve|valid|found|accept|match)|(verif|valid)\w* (the |your )?(sender|return path)|(sender|from|return)[ :].{0,60}domain (is invalid|not found|does not)|from: domain is invalid|you are sending to\/from|mail from .{0,80}(not allowed|rejected|denied|must|refused|prohibited)|unauthenticated senders|recognized as a valid sender|sender unspecified|header from|(sent|sending) (from|to\/from) (an? )?(invalid|address that has been)|we do not accept mail from|your (e-?mail )?address .{0,40}(block|reject|not)/i,
    means: 'sender',
    sample: '550 5.1.8 Sender address rejected: Domain of sender address does not exist',
  },
  {
    text: /too many (connections?|sessions|messages (from|in|per)|recipients|emails|concurrent|hops from|errors|bad|invalid|attempts|requests|logins)|(connection|message|sending|mail|recipient|hourly|daily|rate) (rate )?(limit|threshold|quota for sender) (is |was |has been )?(exceed|reach)|rate[- ]?(limit|exceeded|control)|throttl|(exceed\w*|reached|over).{0,40}(rate|connections?|per (hour|minute|second|day)|sending)|slow(ing)? down|too (fast|frequent|much mail from|quickly)|try again (later|in)|grey ?list|gray ?list|temporarily (deferred|rejected|refused|blocked|unavailable.*later)|deferred due|send(ing)? limit|(receiving|recipient) limit/i,
    status: /^4\.|^5\.7\.|^5\.[05]\.0/,
    means: 'rate',
    sample: '450 4.7.1 Greylisted, please try again later',
  },
  {
    text: /(black|block|deny|ban|reject)[- ]?list|\b[A-Z]*RBLS?\b|\bDNSBL\b|spamhaus|spamcop|spam ?rats|sorbs|barracudacentral|uceprotect|abuseat|\bCBL\b|njabl|invaluement|senderscore|talos|cloudmark|proofpoint|mimecast\.com|(poor|bad|low|negative|sender|ip|domain) (email |web )?reputation|reputation (of|is|score)|(ip|host|client|server|sender|address|domain|network|connection|mail|message|access|you).{0,60} (is |was |are |been |has been |have been )?(temporarily |permanently |currently )?(blocked|banned|denied|prohibited|disallowed|barred|not (welcome|allowed|permitted|accepted))|(blocked|denied|refused|banned|rejected) (by|using|for|due|because|from)|access (is )?(denied|refused|not allowed)|(client|connection|connect|host|server) .{0,60}(refused|rejected|denied)|not accepting (connections|mail|messages) from|(rejected|blocked|refused) .{0,30}(ip|connection)|connections? (not|will not be|are not|is not) accept|not accepting connections|client host|no access from|go away|bad (ip|history)|your (ip|host|server|mail server|network)\b/i,
    status: /^(?!5\.1\.1$|5\.1\.10$)/,
    means: 'reputation',
    sample: '554 Service unavailable; Client host [192.0.2.7] blocked using zen.dnsbl.example',
  },
  {
    text: /(detected|identified|classified|considered|looks like|marked|rejected|tagged|suspected|refused|blocked|seems|appears|recogni[sz]ed|treated).{0,40}\b(spam|junk|unsolicited|bulk|uce|phishing)|\b(spam|unsolicited|junk|bulk)\b.{0,60}(detected|rejected|refused|blocked|score|not (accepted|allowed|welcome)|message|mail|content|filter|e-?mail|source|is |suspect|policy|check)|anti-?spam|spamassassin|no (thanks|spam)|is spam|as spam|like spam|message (content|body) (is )?(rejected|refused|not)|content (is )?(rejected|refused|denied|restriction|filter|violation)|message (has been |was |is )?(refused|rejected|blocked) (due to|because of|by|as|for) (content|your|our|the|spam|policy|filter|a)|\bURIBL\b|\bSURBL\b|spam ?score|high probability of spam/i,
    means: 'spam',
    sample: '550 5.7.1 Message rejected: it was identified as spam',
  },
  {
    text: /(too (big|large|long)|exceed(s|ed|ing)?|larger than|over).{0,40}(message|mail|file|maximum|size|length|limit set|fixed).{0,20}(size|limit|length|allowed|bytes|maximum)|message (size|is too|too|length|file) ?(big|large|long|exceed\w*|limit)|(size|length) (of .{0,30})?(exceeds|is too|limit|larger)|headers? too (large|long)|exceeds? (the )?(maximum|fixed|size|limit)|message too (big|large|long)/i,
    status: /^(?!4\.2\.2$|5\.2\.2$)/,
    means: 'too large',
    sample: '552 5.3.4 Message size exceeds fixed limit',
  },
  {
    text: /policy|not (RFC|compliant)|RFC ?\d{3,4}|header (error|.{0,20}(invalid|missing|duplicate|malformed))|(invalid|malformed|missing|bad|multiple|duplicate|illegal) .{0,30}(header|addresses in from|from:|date|message-id|mime|line)|bare (lf|cr|newline)|8-?bit|(security|administrative) (prohibition|reasons|policy|violation|problem|error)|prohibit|message (was |has been |is )?(refused|rejected|blocked|denied)( by (the )?(system|server|recipient|administrator|filter|user))?|local reasons|(denied|refused) by|content/i,
    status: /^(?!5\.1\.(1|2|3|6|10)$)/,
    means: 'policy',
    sample: '554 5.7.0 Rejected: policy of this server',
  },
];
