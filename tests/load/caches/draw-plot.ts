export interface Line {
  readonly name: string;
  readonly color: string;
  readonly isDashed?: boolean;
  /** A share for each of the plot's positions, from 0 to 1. */
  readonly shares: readonly number[];
}

export interface Plot {
  readonly title: string;
  readonly below: string;
  /** Equally far from each other. */
  readonly positions: readonly string[];
  readonly lines: readonly Line[];
}

const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [720, 400, 60, 40, 190, 50];

/** Lines over positions, as an SVG picture. */
export function drawPlot(plot: Plot): string {
  const parts = [...drawGrid(plot), ...plot.lines.flatMap((line, index) => drawLine(plot, line, index))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<text x="${LEFT}" y="22" font-size="14">${plot.title}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function drawGrid({ positions, below }: Plot): string[] {
  const rows = [0, 0.2, 0.4, 0.6, 0.8, 1].flatMap((share) => [
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${yOf(share)}" y2="${yOf(share)}" stroke="#ddd"/>`,
    `<text x="${LEFT - 8}" y="${yOf(share) + 4}" text-anchor="end">${share * 100} %</text>`,
  ]);
  const columns = positions.map(
    (position, index) =>
      `<text x="${xOf(positions, index)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${position}</text>`,
  );
  const middle = (LEFT + WIDTH - RIGHT) / 2;
  return [...rows, ...columns, `<text x="${middle}" y="${HEIGHT - 10}" text-anchor="middle">${below}</text>`];
}

function drawLine({ positions }: Plot, { name, color, isDashed, shares }: Line, index: number): string[] {
  const points = shares.map((share, place) => `${xOf(positions, place)},${yOf(share)}`);
  const dashes = isDashed === true ? ' stroke-dasharray="5 4"' : '';
  const y = TOP + 10 + index * 20;
  const x = WIDTH - RIGHT + 16;
  return [
    `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="2"${dashes}/>`,
    `<line x1="${x}" x2="${x + 24}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="2"${dashes}/>`,
    `<text x="${x + 30}" y="${y + 4}">${name}</text>`,
  ];
}

function xOf(positions: readonly string[], index: number): number {
  return Math.round(LEFT + 20 + ((WIDTH - LEFT - RIGHT - 40) * index) / Math.max(1, positions.length - 1));
}

function yOf(share: number): number {
  return Math.round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM));
}
