import type { RecordedFile } from './chain-line';

/** BagIt 1.0 (RFC 8493): the texts of the tag files. */
export const BAGIT_TXT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

export const ALGORITHMS = ['sha256', 'sha512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export const CHAIN_FILE = 'evidence/chain.jsonl';
export const CHECKPOINT_FILE = 'evidence/checkpoint';
export const BAG_INFO_FILE = 'bag-info.txt';
export const BAGIT_FILE = 'bagit.txt';
export const README_FILE = 'README.md';
export const VERIFIER_FILE = 'verify.py';

export const manifestFile = (algorithm: Algorithm): string => `manifest-${algorithm}.txt`;
export const tagManifestFile = (algorithm: Algorithm): string => `tagmanifest-${algorithm}.txt`;

/** Everything outside `data/` that the tag manifests list; a sealed bag has these, the tag manifests, and no more. */
export const LISTED_TAG_FILES: readonly string[] = [
  README_FILE,
  BAG_INFO_FILE,
  BAGIT_FILE,
  CHAIN_FILE,
  CHECKPOINT_FILE,
  ...ALGORITHMS.map(manifestFile),
  VERIFIER_FILE,
];
/** Of these a verifier keeps the text; the others it reads line by line. */
export const SMALL_TAG_FILES: readonly string[] = [
  README_FILE,
  BAG_INFO_FILE,
  BAGIT_FILE,
  CHECKPOINT_FILE,
  VERIFIER_FILE,
];
/** What tells the reader what this is and how to check it: the seal record carries their digests. */
export const SEALED_TAGS = [README_FILE, VERIFIER_FILE] as const;

export const TAG_FILES: readonly string[] = [...LISTED_TAG_FILES, ...ALGORITHMS.map(tagManifestFile)];

export type FileHashes = Pick<RecordedFile, 'path' | 'sha256' | 'sha512'>;

/** Two spaces between hash and path, so that `sha256sum -c` reads it; sorted, so that the same bag has the same bytes. */
export function formatManifest(algorithm: Algorithm, files: Iterable<FileHashes>): string {
  const lines = [...files].map((file) => ({ path: file.path, line: `${file[algorithm]}  ${file.path}\n` }));
  return lines
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ line }) => line)
    .join('');
}

/** Octets and number of the payload files (RFC 8493 §2.2.2). */
export function payloadOxum(files: Iterable<{ readonly bytes: number }>): string {
  let octets = 0;
  let count = 0;
  for (const file of files) {
    octets += file.bytes;
    count += 1;
  }
  return `${octets}.${count}`;
}

/** @param sealedAt ISO 8601 UTC; from the seal record, so that finishing after a crash writes the same bytes */
export function formatBagInfo(bagId: string, keyName: string, sealedAt: string, oxum: string): string {
  return [
    'Bag-Software-Agent: Firebreak',
    `Bagging-Date: ${sealedAt.slice(0, 10)}`,
    `External-Identifier: ${bagId}`,
    `Internal-Sender-Identifier: ${keyName}`,
    `Payload-Oxum: ${oxum}`,
    '',
  ].join('\n');
}
