"use strict";
const rows = [...document.querySelectorAll("tr[data-verdict]")];
const [text, verdict, most, shown] = ["text", "verdict", "most", "shown"].map((id) => document.getElementById(id));
function filter() {
  const wanted = text.value.toLowerCase();
  const limit = most.value === "" ? 1 : Number(most.value);
  let count = 0;
  for (const row of rows) {
    const fits =
      (verdict.value === "" || row.dataset.verdict === verdict.value) &&
      Number(row.dataset.confidence) <= limit &&
      (wanted === "" || row.textContent.toLowerCase().includes(wanted));
    row.hidden = !fits;
    count += fits;
  }
  shown.textContent = `${count} of ${rows.length}`;
}
document.getElementById("filter").addEventListener("input", filter);
document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
for (const button of document.querySelectorAll("button[data-chain]")) {
  button.addEventListener("click", () => {
    text.value = button.dataset.chain;
    filter();
    scrollTo(0, 0);
  });
}
// A link may say what is looked for: findings.html#lossy
try {
  text.value = decodeURIComponent(location.hash.slice(1));
} catch {
  text.value = "";
}
filter();
