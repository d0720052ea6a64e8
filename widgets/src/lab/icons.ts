// Our marks in launcher, tabs and file browser; they take on the colours of the theme.

import { LabIcon } from "@jupyterlab/ui-components";

const mark = (drawn: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" style="fill:none" stroke="#616161" stroke-width="2">${drawn}</g></svg>`;

/** Two inputs that lead to one operation. */
export const graphIcon = new LabIcon({
  name: "tfkit:graph",
  svgstr: mark(
    '<circle cx="6" cy="5" r="3"/><circle cx="18" cy="5" r="3"/><rect x="7" y="16" width="10" height="6" rx="2"/><path d="M6 8c0 5 4 3 4 8M18 8c0 5-4 3-4 8"/>',
  ),
});

/** A curve that falls, as a loss should. */
export const boardIcon = new LabIcon({
  name: "tfkit:board",
  svgstr: mark('<path d="M3 3v18h18"/><path d="M6 5c2 11 6 12 14 12.5"/>'),
});

/** Steps, and a flag where they lead. */
export const courseIcon = new LabIcon({
  name: "tfkit:course",
  svgstr: mark('<path d="M2 21h6v-5h6v-5h6"/><path d="M17 11V2l5 2.5-5 2.5"/>'),
});
