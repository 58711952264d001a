/** Icons as strokes on a grid of 24; they are decoration, the word beside them is the name. */

const PATHS = {
  bell: "M18 16v-5a6 6 0 1 0-12 0v5l-2 2.5h16ZM10 21a2.2 2.2 0 0 0 4 0",
  overview: "M4 13h6V4H4ZM14 20h6v-9h-6ZM4 20h6v-3H4ZM14 7h6V4h-6Z",
  deployments: "M12 3 4 7v10l8 4 8-4V7ZM4 7l8 4 8-4M12 11v10",
  positions: "M4 19V9M10 19V5M16 19v-7M21 19H3",
  orders: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  chart: "M7 4v3M7 14v4M5 7h4v7H5ZM17 6v4M17 16v4M15 10h4v6h-4Z",
  history: "M3 12a9 9 0 1 0 3-6.7M3 4v5h5M12 8v4.5l3 2",
  decisions: "M6 4v16M6 8h8a3 3 0 0 1 3 3v0M6 16h11M15 13.5 17.5 16 15 18.5",
  risk: "M12 3 5 6v5.5c0 4.2 2.9 7.6 7 9 4.1-1.4 7-4.8 7-9V6ZM9 12l2 2 4-4",
  alerts: "M18 16v-5a6 6 0 1 0-12 0v5l-2 2.5h16ZM10 21a2.2 2.2 0 0 0 4 0",
  journal: "M6 3h11a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H6a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2ZM8 3v18M11 8h4M11 12h4",
  strategies: "M9 3h6M10 3v6l-5 9a2 2 0 0 0 2 3h10a2 2 0 0 0 2-3l-5-9V3M7.5 15h9",
  settings: "M4 7h10M18 7h2M4 17h2M10 17h10M16 7a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM10 17a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  stop: "M8 3h8l5 5v8l-5 5H8l-5-5V8Z",
  close: "M6 6l12 12M18 6 6 18",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  check: "M5 12.5 10 17 19 7",
  warning: "M12 4 2.5 20h19ZM12 10v4M12 17h.01",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8h.01",
  pause: "M8 5v14M16 5v14",
  play: "M7 4.5v15l12-7.5Z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4",
  chevron: "M7 10l5 5 5-5",
  copy: "M9 9h10v11H9ZM5 15V4h10",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  lock: "M6 11h12v9H6ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5.5l3.5 2",
  rocket: "M5 15c-1.5 1-2 5-2 5s4-.5 5-2M9 15l-3-3c1-5 5-9 13-9 0 8-4 12-9 13ZM14.5 9.5h.01",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth={1.8}
      strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
