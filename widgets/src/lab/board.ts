// TensorBoard as a tab: from the launcher, the command palette, or a folder in the file browser.

import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
} from "@jupyterlab/application";
import { ICommandPalette, InputDialog, MainAreaWidget, WidgetTracker } from "@jupyterlab/apputils";
import { IFileBrowserFactory } from "@jupyterlab/filebrowser";
import { Widget } from "@lumino/widgets";
import { html } from "../view/elements.ts";
import { BoardView } from "./board-view.ts";
import { boardIcon } from "./icons.ts";

export const OPEN_BOARD = "tfkit:open-tensorboard";
const FROM_BROWSER = "tfkit:open-tensorboard-of-folder";

class BoardTab extends Widget {
  private readonly ended = new AbortController();

  constructor(readonly logdir: string) {
    super();
    this.addClass("tfkit-board-tab");
    const root = html("div");
    this.node.append(root);
    const name = logdir || "the folder that is shown";
    void new BoardView(root, { version: 1, logdir: logdir || ".", name }, this.ended.signal).start();
  }

  dispose(): void {
    this.ended.abort();
    super.dispose();
  }
}

/** Returns the folder whose logs are to be shown, or null if the user has thought better of it. */
async function askForFolder(folder: string): Promise<string | null> {
  const { value, button } = await InputDialog.getText({
    title: "Open TensorBoard",
    label: "Folder of the logs",
    placeholder: "runs",
    text: folder,
    okLabel: "Open",
  });
  return button.accept ? (value ?? "").trim() : null;
}

function activate(
  app: JupyterFrontEnd,
  lab: ILabShell | null,
  palette: ICommandPalette | null,
  restorer: ILayoutRestorer | null,
  browsers: IFileBrowserFactory | null,
): void {
  if (!lab) return; // Notebook 7 has no room for tabs of ours: TensorBoard stands in its notebooks
  const { commands, contextMenu, shell } = app;
  const tracker = new WidgetTracker<MainAreaWidget<BoardTab>>({ namespace: "tfkit-board" });

  const localPath = (path: string) => app.serviceManager.contents.localPath(path); // without the name of a drive
  const open = (logdir: string) => {
    const known = tracker.find(({ content }) => content.logdir === logdir);
    const tab = known ?? new MainAreaWidget({ content: new BoardTab(logdir) });
    if (!known) {
      tab.title.label = `TensorBoard: ${logdir.split("/").filter(Boolean).at(-1) ?? "/"}`;
      tab.title.caption = logdir;
      tab.title.icon = boardIcon;
      tab.title.closable = true;
      void tracker.add(tab);
      shell.add(tab, "main", { type: "TensorBoard" });
    }
    shell.activateById(tab.id);
    return tab;
  };
  commands.addCommand(OPEN_BOARD, {
    label: ({ isPalette }) => (isPalette ? "Open TensorBoard" : "TensorBoard"),
    caption: "Show the logs in a folder with TensorBoard",
    icon: boardIcon,
    describedBy: {
      args: { type: "object", properties: { logdir: { type: "string" }, cwd: { type: "string" } } },
    },
    execute: async ({ logdir, cwd }) => {
      const folder =
        typeof logdir === "string"
          ? logdir
          : await askForFolder(localPath(String(cwd ?? shownPath(browsers))));
      return folder === null ? null : open(folder);
    },
  });
  commands.addCommand(FROM_BROWSER, {
    label: "Open in TensorBoard",
    icon: boardIcon,
    execute: () => {
      const chosen = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])][0];
      return chosen && open(localPath(chosen.path));
    },
  });
  contextMenu.addItem({
    command: FROM_BROWSER,
    selector: '.jp-DirListing-item[data-isdir="true"]',
    rank: 40,
  });
  palette?.addItem({ command: OPEN_BOARD, category: "tfkit", args: { isPalette: true } });
  void restorer?.restore(tracker, {
    command: OPEN_BOARD,
    args: ({ content }) => ({ logdir: content.logdir }),
    name: ({ content }) => content.logdir,
  });
}

const shownPath = (browsers: IFileBrowserFactory | null) => browsers?.tracker.currentWidget?.model.path ?? "";

export const board: JupyterFrontEndPlugin<void> = {
  id: "tfkit-course:board",
  description: "Shows TensorBoard in a tab, behind the login of Jupyter.",
  autoStart: true,
  optional: [ILabShell, ICommandPalette, ILayoutRestorer, IFileBrowserFactory],
  activate,
};
