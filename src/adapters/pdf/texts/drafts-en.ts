/** What the drafts are filled with; all of it already in words and shortened. */
export interface DraftFacts {
  readonly incident: string;
  readonly drill: boolean;
  readonly type: string;
  readonly severity: string;
  readonly detected: string;
  readonly declared: string;
  readonly ended: string;
  readonly outcome: string;
  readonly hosts: number;
  readonly sources: number;
  readonly sampleSources: string;
  readonly accounts: number;
  readonly measures: string;
  readonly checkpoint: string;
  readonly bag: string;
}

export interface Draft {
  readonly to: string;
  readonly subject: string;
  readonly body: readonly string[];
}

export interface DraftTexts {
  readonly heading: string;
  readonly warning: string;
  readonly mark: string;
  readonly to: string;
  readonly subject: string;
  readonly notDetected: string;
  readonly noCheckpoint: string;
  readonly drafts: (facts: DraftFacts) => readonly Draft[];
}

export const DRAFTS_EN: DraftTexts = {
  heading: 'Drafts for external agencies',
  warning:
    'DRAFTS. Firebreak sends none of these. A person completes the words in [brackets], has them approved, decides who receives them, and sends them.',
  mark: 'DRAFT – NOT SENT',
  to: 'To',
  subject: 'Subject',
  notDetected: 'not recorded',
  noCheckpoint: '[the evidence bag is not sealed]',
  drafts: (facts) => [
    {
      to: 'CSIRT / coordination centre',
      subject: `${facts.drill ? '[DRILL] ' : ''}Incident report ${facts.incident}: ${facts.type}, ${facts.severity}`,
      body: [
        `We report a security incident on ${facts.hosts} of our hosts: ${facts.type}, severity ${facts.severity}. Detected: ${facts.detected}. Response: ${facts.declared} to ${facts.ended}. State: ${facts.outcome}.`,
        `Source addresses seen: ${facts.sources}${facts.sampleSources === '' ? '' : `, among them ${facts.sampleSources}`}. The full list can be sent as report.json. Measures: ${facts.measures}.`,
        `Evidence is preserved; checkpoint: ${facts.checkpoint}. We ask for: [coordination with the source networks / analysis / information only]. TLP: [AMBER]. Contact: [name, telephone, PGP key].`,
      ],
    },
    {
      to: 'Police, cybercrime unit',
      subject: `${facts.drill ? '[DRILL] ' : ''}Report of a suspected offence, our reference ${facts.incident}`,
      body: [
        `[Organisation, address, representative] reports unauthorised acts against its computer systems (${facts.type}). Detected: ${facts.detected}. Hosts concerned: ${facts.hosts}. Accounts concerned: ${facts.accounts}. Source addresses: ${facts.sources}.`,
        `Logs and volatile state were preserved in order of volatility and sealed; the evidence can be verified independently (checkpoint: ${facts.checkpoint}). It is held at [custodian]; we can hand over a copy against receipt.`,
        `Damage known so far: [description, amount]. We [do / do not] wish to file a complaint. Contact: [name, telephone].`,
      ],
    },
    {
      to: 'Supervisory authority (data protection, sector regulator)',
      subject: `${facts.drill ? '[DRILL] ' : ''}Preliminary notification of a security incident, ${facts.incident}`,
      body: [
        `Preliminary notification. Nature: ${facts.type}, severity ${facts.severity}. Became aware: ${facts.declared}. Detected: ${facts.detected}. State at ${facts.ended}: ${facts.outcome}.`,
        `Personal data: [concerned / not concerned / being examined]; categories and number of persons: [being examined]. Likely consequences: [to be completed]. Measures taken: ${facts.measures}.`,
        `A further report follows by [date within the statutory period]. Contact: [data protection officer, telephone, mail].`,
      ],
    },
    {
      to: 'Customers and partners concerned',
      subject: `${facts.drill ? '[DRILL] ' : ''}Notice of a security incident`,
      body: [
        `On ${facts.declared} we found a security incident concerning part of our systems and began to respond at once. State: ${facts.outcome}.`,
        `Effects on you: [services concerned, data concerned, or: none known]. What you should do: [change passwords / nothing]. We will inform you again by [date].`,
        `We apologise for the trouble. Questions: [contact, hours].`,
      ],
    },
  ],
};
