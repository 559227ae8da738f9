// Passkeys (WebAuthn Level 3): the form's data-options go to the browser, what it says goes into "credential".
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const ids = (list) => (list || []).map((entry) => ({ ...entry, id: bytes(entry.id) }));

function options(kind, json) {
  const given = JSON.parse(json);
  const native = { get: "parseRequestOptionsFromJSON", create: "parseCreationOptionsFromJSON" }[kind];
  if (PublicKeyCredential[native]) return PublicKeyCredential[native](given);
  const made = { ...given, challenge: bytes(given.challenge) };
  if (kind === "get") return { ...made, allowCredentials: ids(given.allowCredentials) };
  return { ...made, user: { ...given.user, id: bytes(given.user.id) }, excludeCredentials: ids(given.excludeCredentials) };
}

function reply(credential) {
  if (credential.toJSON) return credential.toJSON();
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = text(credential.response[name]);
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

async function ask(form) {
  const { passkey: kind, options: json } = form.dataset;
  const credential = await navigator.credentials[kind]({ publicKey: options(kind, json) });
  form.elements.credential.value = JSON.stringify(reply(credential));
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const said = form.querySelector("[role=alert]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    said.hidden = true;
    const failed = () => {
      said.textContent = window.PublicKeyCredential ? said.dataset.cancelled : said.dataset.missing;
      said.hidden = false;
    };
    ask(form).catch(failed);
  });
}
