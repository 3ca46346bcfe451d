// Draws the edges of a job graph: from the right side of a box to the left side of those that data-to names. Redrawn when a box moves.
const watched = new WeakMap();

export function draw(graph) {
  if (!graph?.isConnected) return;
  if (!watched.has(graph)) {
    const observer = new ResizeObserver(() => paint(graph));
    observer.observe(graph);
    watched.set(graph, observer);
  }
  paint(graph);
}

function paint(graph) {
  if (!graph.isConnected) { watched.get(graph)?.disconnect(); watched.delete(graph); return; }
  const svg = graph.querySelector('.graph-edges');
  const origin = graph.getBoundingClientRect();
  const paths = [];
  for (const box of graph.querySelectorAll('.vertex')) {
    const from = box.getBoundingClientRect();
    for (const id of (box.dataset.to ?? '').split(' ').filter(Boolean)) {
      const target = document.getElementById(id);
      if (!target) continue;
      const to = target.getBoundingClientRect();
      const x1 = from.right - origin.left, y1 = from.top + from.height / 2 - origin.top;
      const x2 = to.left - origin.left, y2 = to.top + to.height / 2 - origin.top;
      const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
      const bend = Math.max(12, (x2 - x1) / 2);
      path.setAttribute('d', `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
      if (box.dataset.bp) path.setAttribute('class', 'bp');
      paths.push(path);
    }
  }
  svg.replaceChildren(...paths);
}
