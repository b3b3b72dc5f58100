// A security key is asked, and what it signed goes with the form. Without a script there are codes.
(() => {
  "use strict";
  if (!window.PublicKeyCredential) return; // nor where the page has no name and no TLS
  document.getElementById("without").hidden = true;
  const said = (text) => { const box = document.getElementById("said"); if (box) box.textContent = text; };
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((each) => Object.assign({}, each, { id: bytes(each.id) }));
  const WHY = { SecurityError: "安全密钥只能在本系统登记的网址使用", InvalidStateError: "这把安全密钥已经登记过" };
  const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature"];
  document.querySelectorAll("form[data-key]").forEach((form) => {
    const button = form.querySelector("button");
    form.hidden = false;
    addEventListener("pageshow", () => { button.disabled = false; });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopPropagation(); // it is not sent yet: desk.js would let it go once
      button.disabled = true; // what is asked twice is signed twice, and the second is none
      const publicKey = JSON.parse(form.dataset.options);
      publicKey.challenge = bytes(publicKey.challenge);
      if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
      publicKey.allowCredentials = known(publicKey.allowCredentials);
      publicKey.excludeCredentials = known(publicKey.excludeCredentials);
      try {
        const made = await navigator.credentials[form.dataset.key]({ publicKey });
        const response = {};
        PARTS.forEach((part) => { if (made.response[part]) response[part] = text(made.response[part]); });
        form.elements.answer.value = JSON.stringify(
          { id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
        form.submit();
      } catch (fault) {
        button.disabled = false;
        said(WHY[fault.name] || "安全密钥没有通过，请再试一次");
      }
    });
  });
})();
