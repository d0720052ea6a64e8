// Model files as graphs: by double click for .keras and saved_model.pb, under "Open With" for .h5, .pb and .pbtxt.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, Notification } from "@jupyterlab/apputils";
import { PathExt } from "@jupyterlab/coreutils";
import {
  ABCWidgetFactory,
  type DocumentRegistry,
  DocumentWidget,
  TextModelFactory,
} from "@jupyterlab/docregistry";
import { IFileBrowserFactory } from "@jupyterlab/filebrowser";
import { Widget } from "@lumino/widgets";
import { html } from "../view/elements.ts";
import { draw, type Payload } from "../view/index.ts";
import { addStyle } from "../view/theme.ts";
import { graphIcon } from "./icons.ts";
import { ask } from "./server.ts";
import css from "./viewer.css";

const OPEN_GRAPH = "tfkit:open-graph";
const FACTORY = "tfkit graph";
const MODEL = "tfkit-untouched";
const LOOK_AGAIN_MS = 4000;
const BINARY = { contentType: "file", fileFormat: "base64", icon: graphIcon } as const;

/** The model of a document that the browser never gets: the server reads the file, however large it is. */
class Untouched extends TextModelFactory {
  get name(): string {
    return MODEL;
  }
  get fileFormat(): null {
    return null;
  }
}

class GraphOfFile extends Widget {
  private readonly root = html("div");
  private readonly note = html("p", { class: "tfkit-document-note", role: "status" });
  private leave: (() => void) | null = null;
  private stamp = "";
  private timer = 0;

  constructor(private readonly path: string) {
    super();
    addStyle("tfkit-document", css);
    this.addClass("tfkit-document");
    this.node.append(this.note, this.root);
    this.say(`${PathExt.basename(path)} is read …`);
    void this.read();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.leave?.();
    this.leave = null;
    super.dispose();
  }

  /** Reads the file, and draws it unless it is the one on screen. */
  private async read(): Promise<void> {
    clearTimeout(this.timer);
    try {
      const headers = { "If-None-Match": this.stamp };
      const answer = await ask(`graph?path=${encodeURIComponent(this.path)}`, { headers });
      if (answer.status !== 304) this.redraw((await answer.json()) as Payload);
      this.stamp = answer.headers.get("Etag") ?? this.stamp;
      if (!this.isDisposed) this.timer = window.setTimeout(() => this.readAgain(), LOOK_AGAIN_MS);
    } catch (error) {
      if (!this.isDisposed) this.offerAgain((error as Error).message);
    }
  }

  private readAgain(): void {
    if (this.isVisible && document.visibilityState === "visible") void this.read();
    else this.timer = window.setTimeout(() => this.readAgain(), LOOK_AGAIN_MS);
  }

  private redraw(payload: Payload): void {
    if (this.isDisposed) return;
    this.say(this.stamp ? "The file has changed: this is what it holds now." : "");
    this.leave?.();
    const root = html("div", { class: "tfkit-page" });
    this.root.replaceChildren(root);
    this.leave = draw(root, payload);
  }

  private say(words: string): void {
    this.note.hidden = words === "";
    this.note.className = "tfkit-document-note";
    this.note.replaceChildren(words);
  }

  /** What is wrong, and a way to try again; a drawing of before stays. */
  private offerAgain(words: string): void {
    const again = html("button", { type: "button", class: "tfkit-document-again" }, "Try again");
    again.addEventListener("click", () => {
      this.say(`${PathExt.basename(this.path)} is read …`);
      void this.read();
    });
    this.say(words);
    this.note.classList.add("tfkit-bad");
    this.note.append(again);
  }
}

class GraphFactory extends ABCWidgetFactory<DocumentWidget<GraphOfFile>> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions,
    private readonly localPath: (path: string) => string,
  ) {
    super(options);
  }

  protected createNewWidget(context: DocumentRegistry.Context): DocumentWidget<GraphOfFile> {
    const widget = new DocumentWidget({ content: new GraphOfFile(this.localPath(context.path)), context });
    widget.title.icon = graphIcon;
    return widget;
  }
}

function activate(
  app: JupyterFrontEnd,
  palette: ICommandPalette | null,
  browsers: IFileBrowserFactory | null,
): void {
  const { docRegistry, commands, serviceManager } = app;
  const types = [
    { name: "tfkit-keras", displayName: "Keras model", extensions: [".keras"], ...BINARY },
    { name: "tfkit-saved-model", displayName: "SavedModel", pattern: "^saved_model\\.pb$", ...BINARY },
    { name: "tfkit-graph", displayName: "TensorFlow graph", extensions: [".pb", ".h5"], ...BINARY },
    { name: "tfkit-graph-text", displayName: "TensorFlow graph", extensions: [".pbtxt"], icon: graphIcon },
  ];
  for (const type of types) docRegistry.addFileType(type);
  docRegistry.addModelFactory(new Untouched());
  const options = {
    name: FACTORY,
    label: "tfkit graph",
    modelName: MODEL,
    fileTypes: types.map(({ name }) => name),
    defaultFor: ["tfkit-keras", "tfkit-saved-model"],
    readOnly: true,
  };
  const factory = new GraphFactory(options, (path) => serviceManager.contents.localPath(path));
  // JupyterLab's own base class does not fit its interface where optional properties are taken exactly.
  docRegistry.addWidgetFactory(factory as unknown as DocumentRegistry.WidgetFactory);
  commands.addCommand(OPEN_GRAPH, {
    label: "Open File as tfkit Graph",
    caption: "Draw the model that is chosen in the file browser",
    icon: graphIcon,
    describedBy: { args: { type: "object", properties: { path: { type: "string" } } } },
    execute: ({ path }) => {
      const chosen = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])][0]?.path;
      const file = typeof path === "string" ? path : chosen;
      if (file) return commands.execute("docmanager:open", { path: file, factory: FACTORY });
      Notification.info("Choose a model file in the file browser first.");
    },
  });
  palette?.addItem({ command: OPEN_GRAPH, category: "tfkit" });
}

export const viewer: JupyterFrontEndPlugin<void> = {
  id: "tfkit-course:viewer",
  description: "Opens model files as graphs.",
  autoStart: true,
  optional: [ICommandPalette, IFileBrowserFactory],
  activate,
};
