/** Bytes that are not what the format says. Never leaves this folder: callers turn it into a verdict. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError';
}

/** Reads the data types of the SSH protocol (RFC 4251 §5) from a buffer. @throws MalformedError past the end */
export class SshReader {
  private offset = 0;

  constructor(private readonly bytes: Buffer) {}

  fixed(length: number): Buffer {
    const end = this.offset + length;
    if (end > this.bytes.length) throw new MalformedError('the data ends early');
    const part = this.bytes.subarray(this.offset, end);
    this.offset = end;
    return part;
  }

  uint32(): number {
    return this.fixed(4).readUInt32BE();
  }

  string(): Buffer {
    return this.fixed(this.uint32());
  }

  /** A string that holds a name. */
  text(): string {
    return this.string().toString('latin1');
  }

  /** A multiple precision integer that is not negative, without its leading zero. */
  unsigned(): Buffer {
    const bytes = this.string();
    if (((bytes[0] ?? 0) & 0x80) !== 0) throw new MalformedError('a negative number');
    return bytes[0] === 0 ? bytes.subarray(1) : bytes;
  }

  /** @throws MalformedError when something is left over */
  end(): void {
    if (this.offset !== this.bytes.length) throw new MalformedError('the data goes on after its end');
  }
}

/** Writes a string (RFC 4251 §5). */
export function sshString(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Left-pads a number to a fixed width. @throws MalformedError when it is wider */
export function padded(number: Buffer, width: number): Buffer {
  if (number.length > width) throw new MalformedError('a number is too wide');
  return Buffer.concat([Buffer.alloc(width - number.length), number]);
}
