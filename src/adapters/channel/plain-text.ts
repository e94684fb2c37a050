const LINE_BREAKS = /\r\n|[\n\r\u0085\u2028\u2029]/gu;
/** Tabs and other controls: shown as a blank, so that words do not run together. */
const CONTROLS = /[\p{Cc}\p{Zs}]+/gu;
/** Invisible on screen, but able to turn the reading direction or to hide text: format characters, lone surrogates. */
const INVISIBLE = /[\p{Cf}\p{Cs}]/gu;

/**
 * Untrusted text as one harmless line: no control, format or line-break characters, at most `max` code points
 * (the last one is then `…`).
 */
export function singleLine(text: string, max: number): string {
  return capped(text.replace(LINE_BREAKS, ' ').replace(INVISIBLE, '').replace(CONTROLS, ' ').trim(), max);
}

/** As `singleLine`, line by line; more than one empty line in a row is reduced to one. */
export function multiLine(text: string, max: number): string {
  const lines = text.split(LINE_BREAKS).map((line) => line.replace(INVISIBLE, '').replace(CONTROLS, ' ').trimEnd());
  return capped(
    lines
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
    max,
  );
}

function capped(text: string, max: number): string {
  const points = Array.from(text);
  return points.length <= max
    ? text
    : `${points
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`;
}
