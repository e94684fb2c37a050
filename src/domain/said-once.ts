/** What the catalogue says is said once, however often the error was made anew on its way. */
export function saidOnce(message: string, detail = ''): string {
  const rest = beyond(message, detail);
  return rest === '' ? message : `${message} ${rest}`;
}

/** What a text says beyond the message that it begins with. */
export function beyond(message: string, text: string): string {
  let rest = text.trim();
  while (rest.startsWith(message)) rest = rest.slice(message.length).trim();
  return rest;
}
