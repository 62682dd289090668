// One way to ask the server; an ended session leads to the sign-in page.
const PATIENCE_MS = 8000;
const token = () => document.querySelector("meta[name=csrf-token]").content;

/** Returns {ok, data}: JSON, or text for a piece of the page. Throws when no answer comes. */
export async function request(url, options = {}) {
  const headers = { Accept: "application/json", "HX-Request": "true" };
  if (options.method === "POST") headers["X-CSRFToken"] = token();
  const signal = AbortSignal.any(
    [AbortSignal.timeout(PATIENCE_MS), options.signal].filter(Boolean),
  );
  const answer = await fetch(url, { ...options, headers, signal, redirect: "error" });
  if (answer.status === 401 || answer.status === 403) {
    window.location.reload();
    return new Promise(() => {});
  }
  const isJson = answer.headers.get("content-type")?.includes("json");
  if (!isJson && !answer.ok) throw new Error(`status ${answer.status}`);
  return { ok: answer.ok, data: await (isJson ? answer.json() : answer.text()) };
}
