import { facts, listing, paragraph, subheading } from '../layout/blocks';
import type { ReportPage } from './section';
import { byteSize } from './section';

/** The checkpoint as printed and attached, and the commands that check bag and PDF against it (P2, E4). */
export function verification({ sheet, model, texts, clock, verifierSha256 }: ReportPage): void {
  const words = texts.verification;
  const { bag, auditPosition } = model;
  sheet.section(words.heading, () => {
    const audit = { label: words.audit, value: words.auditText(auditPosition.seq, auditPosition.hash), mono: true };
    if (bag === undefined) {
      paragraph(sheet, words.notSealed, { style: { size: 9.2, bold: true } });
      facts(sheet, [audit]);
      return;
    }
    paragraph(sheet, words.intro);
    facts(
      sheet,
      [
        { label: words.bag, value: bag.path, mono: true },
        { label: words.sealed, value: clock.show(bag.sealedAt).full },
        { label: words.root, value: bag.root, mono: true },
        { label: words.records, value: texts.amount(bag.records) },
        { label: words.artefacts, value: `${texts.amount(bag.artefacts)}${texts.comma}${texts.amount(bag.absences)}` },
        { label: words.size, value: byteSize(bag.bytes) },
        { label: words.key, value: bag.publicKey, mono: true },
        { label: words.verifier, value: verifierSha256, mono: true },
        audit,
      ],
      { style: { size: 7.2 } },
    );
    subheading(sheet, words.checkpoint, 70);
    listing(sheet, bag.checkpoint.replace(/\n$/, '').split('\n'));
    subheading(sheet, words.command, 50);
    listing(sheet, [
      `cd ${shellWord(bag.path)}`,
      // With the star: two blanks would be one on paper, and sha256sum wants two characters.
      `echo '${verifierSha256} *verify.py' |`,
      `  sha256sum --check && python3 -I verify.py \\`,
      `  --key ${shellWord(bag.publicKey)} \\`,
      `  --incident ${shellWord(bag.incident)}`,
    ]);
    subheading(sheet, words.compare, 40);
    listing(sheet, [
      `pdfdetach -savefile checkpoint -o checkpoint.pdf-copy ${bag.incident}.r${model.revision}.${texts.lang.slice(0, 2)}.pdf`,
      `cmp checkpoint.pdf-copy ${shellWord(`${bag.path}/evidence/checkpoint`)} && echo SAME`,
    ]);
  });
}

/** A word as a POSIX shell takes it literally. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
