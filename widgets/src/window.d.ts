// What a page of ours offers to other scripts on it.

interface Window {
  tfkit?: {
    draw?: typeof import("./view/index.ts").draw;
    update?: (root: Element, payload: import("./monitor/index.ts").Payload) => void;
  };
}
