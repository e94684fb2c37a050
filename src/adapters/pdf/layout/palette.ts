import type { Outcome, SecurityState, Severity } from '../../../domain/words';

/** All colours are sRGB, as the output intent says; text colours keep a contrast of 4.5 : 1 on white (WCAG 2.2, 1.4.3). */
export const INK = '#1b2430';
export const MUTED = '#566273';
export const RULE = '#cfd6de';
export const PANEL = '#f3f5f8';
export const WHITE = '#ffffff';
export const LINK = '#1f5199';

export type Tone = 'good' | 'caution' | 'bad' | 'neutral';

/** `strong` carries white text or is text itself; `soft` is a background. */
export const TONES: Readonly<Record<Tone, { readonly strong: string; readonly soft: string }>> = {
  good: { strong: '#17694a', soft: '#e6f3ed' },
  caution: { strong: '#8f5a00', soft: '#fdf3df' },
  bad: { strong: '#ab1f1f', soft: '#fbe9e8' },
  neutral: { strong: '#3c4f68', soft: '#e9eef4' },
};

export const OUTCOME_TONES: Readonly<Record<Outcome, Tone>> = {
  contained: 'good',
  'contained-by-force': 'caution',
  'contained-in-part': 'bad',
  monitored: 'neutral',
  manual: 'bad',
  refused: 'bad',
  'stood-down': 'neutral',
  'false-positive': 'neutral',
  joined: 'neutral',
  rehearsed: 'good',
};

export const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = { critical: 'bad', high: 'caution', medium: 'neutral' };

export const STATE_TONES: Readonly<Record<SecurityState, Tone>> = { safe: 'good', degraded: 'caution', worse: 'bad' };

/** Bars of the timeline; a phase without a colour of its own is drawn in `declared`'s. */
export const PHASE_COLOURS: Readonly<Record<string, string>> = {
  declared: '#77828f',
  assessing: '#3f72b5',
  notifying: '#8560a8',
  containing: '#c0552b',
  preserving: '#23808a',
  sealing: '#3a8a53',
  tightening: '#b08a1c',
  reporting: '#5c6f87',
  watching: '#6fa0cf',
  closed: '#a3abb5',
};
