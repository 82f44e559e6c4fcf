import type { BounceRule } from '../reasons.ts';

/** Postfix, sendmail, Exim, qmail, Courier, OpenSMTPD, DragonFly, PowerMTA: what they say themselves. */
export const unix: BounceRule[] = [
  {
    text: /null ?mx|MX or SRV record indicated no SMTP service|does not accept mail \(nullMX\)|host does not accept mail|no (mail|smtp) (is )?accepted/i,
    means: 'takes no mail',
    sample: 'an MX or SRV record indicated no SMTP service',
  },
  {
    text: /retry time(out)? (exceeded|not reached)|been in the queue too long|giving up after|envelope expired|queue(d)? (time|lifetime) (exceeded|expired)|(message|mail|delivery) (has )?(expired|timed? ?out)|time ?out exceeded|could not be delivered (within|for) \d+|not delivered (within|after|for) \d+|undelivered after|delivery attempts? (failed|exceeded)/i,
    means: 'not reached in time',
    sample: 'retry timeout exceeded',
  },
  {
    text: /delivery .*(has been |is )?(delayed|deferred)|will (be )?(retried|keep trying|continue|retry)|still being retried|warning (message )?only|could not (yet )?be delivered (yet|for)/i,
    means: 'not reached in time',
    sample: 'Your message could not yet be delivered; it will be retried for 2 more days',
  },
  {
    text: /unrouteable mail domain|unrouteable address|all (relevant )?(MX records|host address lookups) (point to|failed)|MX records? points? to non-?existent/i,
    means: 'unknown host',
    sample: 'all relevant MX records point to non-existent hosts',
  },
  {
    text: /CNAME lookup (of \S+ )?failed temporarily|(DNS|name) (lookup|resolution).*(temporar|try again|timeout)|host (name )?lookup (did not complete|failure)|type=\w+: host not found, try again|name server: .*: (host not found, )?try again|temporary (dns|domain name|name) /i,
    means: 'network',
    sample: 'CNAME lookup failed temporarily. (#4.4.3)',
  },
  {
    text: /host (or domain name |\S+ )?not found|couldn't find any host( by that name| named)?|(unknown|no such) (host|domain)|(host|domain)( name)? (is )?(unknown|not found|does not exist|doesn't exist)|(mail )?domain .{0,60}(does not|doesn't) exist(?!.*sender)|name service error|NXDOMAIN|no MX (record )?(found|for)|no valid (mx|mail server)|cannot find (a )?(mail exchanger|host)|bad destination (mailbox )?(system|domain|host)|invalid domain|domain not (found|hosted)|does not resolve/i,
    means: 'unknown host',
    sample: 'Host or domain name not found. Name service error for name=gone.example type=A: Host not found',
  },
  {
    text: /connection (was )?(timed out|refused|reset|dropped|closed|lost)|lost connection|(network|host) (is )?(unreachable|down)|no route to host|operation timed out|wasn't able to establish an SMTP connection|(could not|couldn't|cannot|can't|unable to|failed to) (connect|establish|contact|reach)|connect to \S+ failed|timed out (while|during|after)|time-?out (while|during|after|waiting)|unable to reach|not (be )?reach(ed|able)|bad (connection|greeting)|connection (died|frequency)|remote (host|server) (closed|is not responding)|server (is )?not responding|no answer from host|user open|session (timed out|aborted)|hop count|mail loop|too many hops|loops? back to my ?self|routing loop|loop detected/i,
    means: 'network',
    sample: 'connect to mail.slow.example[192.0.2.9]:25: Connection timed out',
  },
  {
    text: /starttls|TLS (is )?(required|not available|handshake|negotiation)|must issue a STARTTLS|encryption (is )?required|certificate (verify|verification|has expired|not trusted)|secure (channel|connection)/i,
    means: 'network',
    sample: 'TLS is required, but was not offered by mail.old.example',
  },
  {
    text: /insufficient (system )?(storage|disk|resources)|system (resources|is (too )?busy|full|error)|out of memory|no space left on device|temporary (local |system |server )?(failure|problem|error)|local (error|configuration error|delivery failed)|(mail system|mail server|internal|protocol|service|unexpected|mailer|queue file) (configuration |processing )?(error|failure|exception|problem)|service (is )?(currently |temporarily )?(unavailable|not available)|resources temporarily unavailable|child status|exit status|command (died|failed|output|exit|timed)|unknown mailer error|can't (create|open|write) |cannot (create|open|write|update|append|lock) |permission denied|input\/output error|queue file write|error writing|mail system problem|pipe to|unable to (open|lock|deliver to) (mailbox|file)|remote protocol error|broken pipe|bad file descriptor/i,
    means: 'system',
    sample: '452 4.3.1 Insufficient system storage',
  },
  {
    text: /not our customer|user has moved|(has|is) moved( to)?|address (has )?changed|no longer (using|uses) (this|that) (address|account)|change of (e?-?mail )?address|new (e-?mail )?address (is|:)|has been replaced by/i,
    means: 'moved',
    sample: '551 not our customer',
  },
];
