// Passkeys: asks the desk for a challenge, has the browser answer it, and hands the answer in. Without scripts there are other ways.
"use strict";
(() => {
  if (!window.PublicKeyCredential) return;
  const said = document.getElementById("passkey-said");
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const ask = async (path, body) => {
    const headers = { accept: "application/json", "content-type": "application/json" };
    if (document.body.dataset.csrf) headers["x-csrf-token"] = document.body.dataset.csrf;
    const answer = await fetch(path, { method: "POST", headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const document_ = await answer.json();
    if (!answer.ok) throw new Error(document_.error);
    return document_;
  };
  const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const written = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
  };
  const signIn = async (button) => {
    const asked = await ask("/sign-in/passkey/begin");
    const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) };
    const answer = written(await navigator.credentials.get({ publicKey }));
    const done = await ask(`/sign-in/passkey?next=${encodeURIComponent(button.dataset.next || "")}`, answer);
    location.assign(done.next);
  };
  const enrol = async () => {
    const name = document.getElementById("passkey-name");
    if (!name.reportValidity()) return;
    const asked = await ask("/account/passkeys/begin");
    const publicKey = {
      ...asked.options,
      challenge: bytes(asked.options.challenge),
      user: { ...asked.options.user, id: bytes(asked.options.user.id) },
      excludeCredentials: named(asked.options.excludeCredentials),
    };
    const answer = written(await navigator.credentials.create({ publicKey }));
    await ask("/account/passkeys", { token: asked.token, name: name.value, answer });
    location.reload();
  };
  const acts = { "sign-in": signIn, enrol };
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.addEventListener("click", async () => {
      said.textContent = "";
      try {
        await acts[button.dataset.passkey](button);
      } catch (error) {
        said.textContent = error.name === "NotAllowedError" ? "Nothing was done: the passkey was not unlocked." : error.message;
      }
    });
  }
  for (const id of ["with-passkey", "new-passkey"]) document.getElementById(id)?.removeAttribute("hidden");
})();
