// The brand of the customer page: name, logo, colour, language, links.
import { byID } from "../shared/dom.js";
import { t } from "../shared/i18n.js";
import { act, notice, read, report, send, tellIn } from "../shared/page.js";

let logo = null;
let isFilled = false;

function drawLook() {
  byID("logo").hidden = byID("noLogo").hidden = !logo;
  if (logo) byID("logo").src = logo;
}

function fill(brand) {
  const values = { brandName: brand.name, colour: brand.colour ?? "#0b6e4f", firstLanguage: brand.language,
    contact: brand.contact, topUpLink: brand.topUp };
  for (const [id, value] of Object.entries(values)) byID(id).value = value ?? "";
  logo = brand.logo;
  isFilled = true;
  drawLook();
}

export const lookPart = {
  views: ["account"],
  // Read once, which keeps what is being entered.
  read: () => (isFilled ? null : read("/brand")),
  keep: (brand) => { if (brand) fill(brand); },
  clear: () => {
    fill({});
    byID("logoFile").value = "";
    isFilled = false;
  },
};

byID("noLogo").addEventListener("click", () => { logo = null; byID("logoFile").value = ""; drawLook(); });
byID("logoFile").addEventListener("change", () => {
  const file = byID("logoFile").files[0];
  if (!file) return;
  const reader = new FileReader();
  reader.addEventListener("load", () => { logo = reader.result; drawLook(); });
  reader.addEventListener("error", () => report(reader.error));
  reader.readAsDataURL(file);
});
byID("look").addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, async () => {
    fill(await send("PUT", "/brand", {
      name: byID("brandName").value || null, logo, colour: byID("colour").value, language: byID("firstLanguage").value || null,
      contact: byID("contact").value || null, topUp: byID("topUpLink").value || null,
    }));
    notice(t("saved"));
  }, tellIn(byID("look")));
});
