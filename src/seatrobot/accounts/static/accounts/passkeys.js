// Forms that a passkey answers: the browser asks it, its answer goes out as an ordinary form.
const decode = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const encode = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
const described = (list) => (list ?? []).map((one) => ({ ...one, id: decode(one.id) }));

async function ask(form, signal, mediation) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const reply = await fetch(form.dataset.options, {
    method: "POST",
    headers: { "X-CSRFToken": token },
  });
  if (!reply.ok || reply.redirected) {
    location.reload();
    return new Promise(() => {});
  }
  const options = await reply.json();
  const publicKey = { ...options, challenge: decode(options.challenge) };
  if (form.dataset.passkey === "create") {
    publicKey.user = { ...options.user, id: decode(options.user.id) };
    publicKey.excludeCredentials = described(options.excludeCredentials);
    return navigator.credentials.create({ publicKey, signal });
  }
  publicKey.allowCredentials = described(options.allowCredentials);
  return navigator.credentials.get({ publicKey, signal, mediation });
}

function written(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: encode(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = encode(response.attestationObject);
    answer.transports = response.getTransports?.() ?? [];
  } else {
    answer.authenticatorData = encode(response.authenticatorData);
    answer.signature = encode(response.signature);
    if (response.userHandle) answer.userHandle = encode(response.userHandle);
  }
  const id = encode(credential.rawId);
  return JSON.stringify({ id, rawId: id, type: credential.type, response: answer });
}

function send(form, credential) {
  form.elements.answer.value = written(credential);
  form.submit();
}

function say(form, sentence) {
  const place = form.querySelector("[data-said]");
  place.textContent = sentence;
  place.hidden = false;
}

function prepare(form) {
  let asking = new AbortController();
  const next = () => {
    asking.abort();
    asking = new AbortController();
    return asking.signal;
  };
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (location.origin !== form.dataset.origin) return say(form, form.dataset.elsewhere);
    try {
      send(form, await ask(form, next()));
    } catch (error) {
      const known = error.name === "InvalidStateError" && form.dataset.known;
      say(form, known || form.dataset.cancelled);
    }
  });
  return async () => {
    if (!("autofill" in form.dataset) || location.origin !== form.dataset.origin) return;
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    try {
      send(form, await ask(form, next(), "conditional"));
    } catch {
      // Nobody chose a passkey among the names the browser offered: the form is still there.
    }
  };
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) prepare(form)();
}
