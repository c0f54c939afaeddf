"use strict";
// A cell's value: the number behind its rounded text, or the text.
function cellValue(row, column) {
  const cell = row.cells[column];
  const holder = cell.querySelector("[data-value]");
  return holder ? Number(holder.dataset.value) : cell.textContent.trim();
}

function sortTable(table, column) {
  const header = table.tHead.rows[0].cells[column];
  const ascending = header.getAttribute("aria-sort") !== "ascending";
  const sign = ascending ? 1 : -1;
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const compare = (a, b) => {
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;  // missing numbers last, either way
    return sign * (typeof a === "number" ? a - b : a.localeCompare(b, undefined, {numeric: true}));
  };
  const rows = Array.from(table.tBodies[0].rows);
  rows.sort((a, b) => compare(cellValue(a, column), cellValue(b, column)));
  table.tBodies[0].append(...rows);
}

for (const table of document.querySelectorAll("table.sortable")) {
  Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
    header.querySelector("button").addEventListener("click", () => sortTable(table, column));
  });
}

// On paper nothing stays folded.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
