/** Returns what it is given; a workflow that only needs a worker. */
export function echo(text: string): Promise<string> {
  return Promise.resolve(text);
}
