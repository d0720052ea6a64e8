// The one door to the Jupyter server: questions below its `tfkit/` address, with its token and XSRF mark.

import { ServerConnection } from "@jupyterlab/services";

const MISSING =
  'This Jupyter server has no tfkit, or an older one: run pip install --upgrade "tfkit-course[lab]" where it is installed, and start it again.';

/** What a server that cannot answer is told of, in one sentence with the cure. */
export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/**
 * Returns the server's answer.
 *
 * @param path below `tfkit/`, such as `lessons`
 * @throws Refused if there is none, or the server says no
 */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const settings = ServerConnection.makeSettings();
  let answer: Response;
  try {
    answer = await ServerConnection.makeRequest(`${settings.baseUrl}tfkit/${path}`, init, settings);
  } catch {
    throw new Refused("The Jupyter server does not answer: is it still running?", 0);
  }
  if (answer.ok || answer.status === 304) return answer;
  if (answer.status === 403)
    throw new Refused("The Jupyter server does not know you any more: reload this page to log in.", 403);
  const said = await answer.json().then(
    ({ message }) => String(message ?? ""),
    () => "",
  );
  // A server without our extension says so in words of its own.
  throw new Refused(
    answer.status === 404 && !said.startsWith("There is no") ? MISSING : said || MISSING,
    answer.status,
  );
}

export async function askFor<T>(path: string, init: RequestInit = {}): Promise<T> {
  return (await ask(path, init)).json();
}

/** Returns the address of a page of the server, below its root. */
export function pageAddress(path: string): string {
  return new URL(path, ServerConnection.makeSettings().baseUrl).href;
}
