// The course in JupyterLab: its panel and cards, where a course folder is and unless they are switched off.

import { ILabShell, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, Notification } from "@jupyterlab/apputils";
import { ILauncher } from "@jupyterlab/launcher";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { Widget } from "@lumino/widgets";
import { addSheet } from "../view/theme.ts";
import { OPEN_BOARD } from "./board.ts";
import css from "./course.css";
import { type Course, CoursePanel } from "./course-panel.ts";
import { courseIcon } from "./icons.ts";
import { askFor } from "./server.ts";

const ID = "tfkit-course:course";
const OPEN_COURSE = "tfkit:open-course";
const LOOK_AGAIN_MS = 5000;
const CATEGORY = "tfkit";

interface Settings {
  panel: boolean;
  launcher: boolean;
  teacher: boolean;
}

class CourseInLab {
  private readonly panel: CoursePanel;
  private readonly widget: Widget;
  private settings: Settings = { panel: true, launcher: true, teacher: false };
  private cards: { dispose(): void }[] = [];
  private isOpened = false; // by the command: shown also where no course is
  private isNew = false; // nobody has arranged this workspace yet: the panel may open by itself

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly launcher: ILauncher | null,
    private readonly registry: ISettingRegistry | null,
  ) {
    this.panel = new CoursePanel({
      open: (path) => void app.commands.execute("docmanager:open", { path }),
      copy: () => void this.copy(),
      setTeacher: (on) => void this.setTeacher(on),
    });
    this.widget = new Widget({ node: this.panel.node });
    this.widget.id = "tfkit-course-panel";
    this.widget.title.icon = courseIcon;
    this.widget.title.caption = "tfkit course";
  }

  async start(isNew: boolean): Promise<void> {
    this.isNew = isNew;
    const settings = await this.registry?.load(ID).catch(() => null);
    const take = () => {
      if (settings) this.settings = settings.composite as unknown as Settings;
      void this.refresh();
    };
    settings?.changed.connect(take);
    this.app.serviceManager.contents.fileChanged.connect(() => void this.refresh());
    setInterval(() => {
      if (this.widget.isVisible && document.visibilityState === "visible") void this.refresh();
    }, LOOK_AGAIN_MS); // exercises are solved in a kernel, which tells nobody
    take();
  }

  open(): void {
    this.isOpened = true;
    this.attach();
    this.app.shell.activateById(this.widget.id);
    void this.refresh();
  }

  private async refresh(): Promise<void> {
    const { teacher } = this.settings;
    try {
      const course = await askFor<Course>(`lessons${teacher ? "?teacher=1" : ""}`);
      this.panel.show(course, teacher);
      this.place(course.folder !== null);
    } catch (error) {
      this.panel.fail((error as Error).message);
    }
  }

  /** Puts panel and cards where they belong, or takes them away. */
  private place(isHere: boolean): void {
    const { panel, launcher } = this.settings;
    if (this.isOpened || (isHere && panel)) this.attach();
    else this.widget.parent = null;
    if (this.isNew && isHere && panel) this.app.shell.activateById(this.widget.id);
    this.isNew = false;
    if (isHere && launcher) this.deal();
    else for (const card of this.cards.splice(0)) card.dispose();
  }

  private attach(): void {
    if (!this.widget.isAttached) this.app.shell.add(this.widget, "left", { rank: 650, type: "Course" });
  }

  private deal(): void {
    if (this.cards.length || !this.launcher) return;
    this.cards = [OPEN_COURSE, OPEN_BOARD].map((command, rank) =>
      (this.launcher as ILauncher).add({ command, category: CATEGORY, rank }),
    );
  }

  private async copy(): Promise<void> {
    try {
      const { message } = await askFor<{ message: string }>("lessons", { method: "POST" });
      Notification.success(message, { autoClose: 5000 });
      await this.refresh();
    } catch (error) {
      Notification.error((error as Error).message, { autoClose: false });
    }
  }

  private async setTeacher(on: boolean): Promise<void> {
    this.settings = { ...this.settings, teacher: on };
    await this.registry?.set(ID, "teacher", on);
    await this.refresh();
  }
}

function activate(
  app: JupyterFrontEnd,
  palette: ICommandPalette | null,
  launcher: ILauncher | null,
  registry: ISettingRegistry | null,
  lab: ILabShell | null,
): void {
  addSheet("tfkit-course", css);
  const course = new CourseInLab(app, launcher, registry);
  app.commands.addCommand(OPEN_COURSE, {
    label: ({ isPalette }) => (isPalette ? "Open the tfkit Course" : "tfkit course"),
    caption: "Show the lessons and how far you are",
    icon: courseIcon,
    describedBy: { args: { type: "object", properties: {} } },
    execute: () => course.open(),
  });
  palette?.addItem({ command: OPEN_COURSE, category: CATEGORY, args: { isPalette: true } });
  // What the user sees first comes first.
  void app.restored.then(async () => course.start((await lab?.restored)?.fresh ?? false));
}

export const course: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "The panel of the course.",
  autoStart: true,
  optional: [ICommandPalette, ILauncher, ISettingRegistry, ILabShell],
  activate,
};
