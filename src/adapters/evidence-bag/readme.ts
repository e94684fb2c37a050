/**
 * The README of a sealed bag: what an outsider does with it, by ordinary tools. The fenced `sh` blocks are run by a test.
 * It names no key: a key that comes with the bag proves nothing.
 */
export function formatReadme(bagId: string, keyName: string): string {
  return `# Evidence of ${bagId}

A sealed BagIt 1.0 bag (RFC 8493). Nothing here needs the program that made it.

- \`data/\`: collected bytes as they arrived. Names from hosts are written with \`=HH\` for unusual bytes.
- \`data/_programs/\`: the text of every program that ran on a host, named by its SHA-256.
- \`evidence/chain.jsonl\`: one record a line: open, artefacts, absences (sources that gave nothing), partial ones, acts,
  programs, seal.
  Each record carries the SHA-256 of the line before it.
- \`evidence/checkpoint\`: signed note (c2sp.org/tlog-checkpoint): origin, number of lines, RFC 6962 Merkle root of the lines.
- \`verify.py\`: checks all of it; python3 without any package.

## Before you start

Get three things from the operator **by another way than this bag**: the verification key (one line,
\`${keyName}+xxxxxxxx+...\`), the incident id you expect, and the SHA-256 of \`verify.py\`. A bag checked with a key or an id that came with it proves
nothing. An altered bag may come with an altered verify.py. Compare its SHA-256 with the one that the report prints or that the
operator gives you, or use a copy from elsewhere, or the commands further down.

\`\`\`
VKEY='${keyName}+xxxxxxxx+...'
INCIDENT=INC-YYYYMMDD-XXXX
VERIFIER=<64 hexadecimal digits>
\`\`\`

## All checks at once

\`\`\`sh
echo "$VERIFIER  verify.py" | sha256sum --check --quiet
python3 -I verify.py --key "$VKEY" --incident "$INCIDENT"
\`\`\`

Keep the \`-I\`: with it, Python takes no code from this folder or from PYTHONPATH. Stop when the first line says anything.

Exit code 0 means SIGNED. The answers: BROKEN (something inside does not fit together), INTACT (fits together, but the pinned key or
the expected incident do not), SIGNED. Not answered here: TIMED, WITNESSED.

## By hand

Files against the manifests, in both directions (\`sha256sum -c\` alone does not see an added file):

\`\`\`sh
sha256sum --check --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt
diff <(cut -c67- manifest-sha256.txt | LC_ALL=C sort) <(find data ! -type d | LC_ALL=C sort)
\`\`\`

Number of records and the incident against the checkpoint:

\`\`\`sh
test "$(sed -n 1p evidence/checkpoint)" = "\${VKEY%%+*}/$INCIDENT"
test "$(sed -n 2p evidence/checkpoint)" = "$(wc -l < evidence/chain.jsonl)"
tail -n 1 evidence/chain.jsonl | grep -q '"type":"seal"'
\`\`\`

The signature, with openssl 3:

\`\`\`sh
WORK=$(mktemp -d)
sed '/^$/,$d' evidence/checkpoint > "$WORK/body"
awk -v name="\${VKEY%%+*}" '$1 == "—" && $2 == name { print $3; exit }' evidence/checkpoint | base64 -d | tail -c 64 > "$WORK/signature"
{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; printf %s "\${VKEY#*+*+}" | base64 -d | tail -c 32; } > "$WORK/key.der"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$WORK/key.der" -rawin -in "$WORK/body" -sigfile "$WORK/signature"
rm -r "$WORK"
\`\`\`

The Merkle root over the records is checked by verify.py only; it is short enough to read.

## What SIGNED does not prove

- That the hosts told the truth: a host under an attacker's control can show false bytes.
- When it happened: whoever holds the key also chooses the time that is written down.
- That this is the only version: the holder of the key can seal another bag for the same incident. Compare the checkpoint with the
  copy in the report that was sent at the time.
- That nothing else was there to collect: \`absence\` and \`partial\` records say what is known to be missing.
`;
}
