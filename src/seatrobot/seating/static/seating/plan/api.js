// Talking to the server: JSON with the CSRF token; a refusal is a Problem with one sentence.

const token = document.querySelector("meta[name=csrf-token]").content;

export class Problem extends Error {
  /** `data` is an RFC 9457 problem; without one the server could not be reached. */
  constructor(data, fallback) {
    super(data?.detail ?? fallback);
    this.type = data?.type ?? "about:blank";
    this.status = data?.status ?? 0;
    this.facts = data ?? {};
  }
}

async function send(url, options, offline) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", ...options });
  } catch {
    throw new Problem(null, offline);
  }
  if (response.ok || response.status === 304) return response;
  const isProblem = response.headers.get("content-type")?.includes("problem+json");
  throw new Problem(isProblem ? await response.json() : { status: response.status, detail: offline });
}

export class Api {
  /** `versionOf` returns the version of the plan that the person looks at. */
  constructor(urls, offline, versionOf) {
    this.versionOf = versionOf;
    this.urls = urls;
    this.offline = offline;
    this.queue = Promise.resolve();
  }

  /** Asks for one change after the other, so that answers come in the order of the questions. */
  post(name, body = {}) {
    return this.postTo(this.urls[name], body);
  }

  postTo(url, body = {}) {
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token };
    const ask = () => send(url, { method: "POST", headers, body: JSON.stringify({ ...body, version: this.versionOf() }) }, this.offline);
    const answer = this.queue.then(ask).then((response) => response.json());
    this.queue = answer.catch(() => {});
    return answer;
  }

  /** The whole state when it is no longer `version`, else null. */
  async state(version) {
    const headers = { Accept: "application/json", "If-None-Match": `"${version}"` };
    const response = await send(this.urls.state, { headers, cache: "no-store" }, this.offline);
    return response.status === 304 ? null : response.json();
  }

  async json(url) {
    return (await send(url, { headers: { Accept: "application/json" } }, this.offline)).json();
  }

  /** A piece of a page, as an element. */
  async piece(url) {
    const headers = { Accept: "text/html", "HX-Request": "true" };
    const text = await (await send(url, { headers }, this.offline)).text();
    return new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
  }
}
