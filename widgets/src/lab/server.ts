// The one door to the Jupyter server: questions below its `tfkit/` address, with its token and XSRF mark.

import { ServerConnection } from "@jupyterlab/services";

const MISSING =
  'This Jupyter server has no tfkit, or an older one: run pip install --upgrade "tfkit-course[lab]" where it is installed, and start it again.';

/**
 * Returns the server's answer.
 *
 * @param path below `tfkit/`, such as `lessons`
 * @throws Error with the cure in one sentence, if there is none or the server says no
 */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const settings = ServerConnection.makeSettings();
  let answer: Response;
  try {
    answer = await ServerConnection.makeRequest(`${settings.baseUrl}tfkit/${path}`, init, settings);
  } catch {
    throw new Error("The Jupyter server does not answer: is it still running?");
  }
  if (answer.ok || answer.status === 304) return answer;
  if (answer.status === 403)
    throw new Error("The Jupyter server does not know you any more: reload this page to log in.");
  const said = await answer.json().then(
    ({ message }) => String(message ?? ""),
    () => "",
  );
  // A server without our extension says so in words of its own.
  throw new Error(answer.status === 404 && !said.startsWith("There is no") ? MISSING : said || MISSING);
}

export async function askFor<T>(path: string, init: RequestInit = {}): Promise<T> {
  return (await ask(path, init)).json();
}

/** Returns the address of a page of the server, below its root. */
export function pageAddress(path: string): string {
  return new URL(path, ServerConnection.makeSettings().baseUrl).href;
}
