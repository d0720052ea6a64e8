// The course as a list: what comes next, each lesson and its exercises; a copy of the lessons where there is none.

import { html } from "../view/elements.ts";

interface Exercise {
  name: string;
  prompt: string;
  status: string;
  hints?: string[];
  solution?: string;
  reason?: string;
}

interface Lesson {
  number: string;
  title: string;
  path: string | null;
  exercises: Exercise[];
  done: boolean;
}

/** What `tfkit/lessons` answers, see tfkit/lab/lessons.py. */
export interface Course {
  version: string;
  folder: string | null;
  lessons: Lesson[];
  next: string | null;
}

export interface Deeds {
  open(path: string): void;
  copy(): void;
  setTeacher(on: boolean): void;
}

const RIGHT = "right";

export class CoursePanel {
  readonly node = html("div", { class: "tfkit-course", role: "region", "aria-label": "tfkit course" });
  private shown = "";

  constructor(private readonly deeds: Deeds) {}

  /** Shows where the learner stands; what is open or has the focus stays so. */
  show(course: Course, teacher: boolean): void {
    const key = JSON.stringify([course, teacher]);
    if (key === this.shown) return;
    this.shown = key;
    this.replace(...(course.folder === null ? this.invitation() : this.contents(course, teacher)));
  }

  /** Says why there is nothing to show. */
  fail(message: string): void {
    this.shown = "";
    const words = html("p", { class: "tfkit-course-bad", role: "alert" }, message);
    this.node.replaceChildren(html("h2", {}, "tfkit course"), words);
  }

  private replace(...parts: HTMLElement[]): void {
    const open = new Set([...this.node.querySelectorAll("details[open]")].map(({ id }) => id));
    const focused = this.node.contains(document.activeElement) ? document.activeElement?.id : "";
    this.node.replaceChildren(...parts);
    for (const details of this.node.querySelectorAll("details")) details.open = open.has(details.id);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  private invitation(): HTMLElement[] {
    return [
      html("h2", {}, "tfkit course"),
      html(
        "p",
        {},
        "Lessons from a first tensor to a trained classifier. They are copied into a folder of your own, tfkit-course; what you change there is never written over.",
      ),
      this.button("tfkit-copy", "Copy the lessons", "tfkit-course-next", () => this.deeds.copy()),
    ];
  }

  private contents(course: Course, teacher: boolean): HTMLElement[] {
    const exercises = course.lessons.flatMap((lesson) => lesson.exercises);
    const solved = exercises.filter(({ status }) => status === RIGHT).length;
    const next = course.lessons.find(({ number }) => number === course.next);
    const progress = html("progress", {
      max: Math.max(exercises.length, 1),
      value: solved,
      "aria-label": "Exercises solved",
    });
    const parts: HTMLElement[] = [
      html("h2", {}, "tfkit course"),
      html(
        "p",
        { class: "tfkit-course-progress" },
        progress,
        `${solved} of ${exercises.length} exercises solved`,
      ),
    ];
    if (next?.path) {
      const { path } = next;
      const words = `${solved || next.exercises.some(({ status }) => status) ? "Go on" : "Begin"} with ${next.number} ${next.title}`;
      parts.push(this.button("tfkit-next", words, "tfkit-course-next", () => this.deeds.open(path)));
    } else if (exercises.length && solved === exercises.length)
      parts.push(html("p", {}, "All exercises are solved."));
    parts.push(
      html(
        "ol",
        { class: "tfkit-course-lessons" },
        ...course.lessons.map((one) => this.lesson(one, teacher)),
      ),
      this.foot(teacher),
    );
    return parts;
  }

  private lesson(lesson: Lesson, teacher: boolean): HTMLElement {
    const { number, title, path, exercises, done } = lesson;
    const solved = exercises.filter(({ status }) => status === RIGHT).length;
    const started = exercises.some(({ status }) => status);
    const state = done ? "done" : started ? "started" : "new";
    const open = this.button(
      `tfkit-lesson-${number}`,
      "",
      "tfkit-course-lesson",
      () => path && this.deeds.open(path),
    );
    const count = `${solved}/${exercises.length}`;
    open.append(
      html("span", { class: "tfkit-course-mark", "aria-hidden": "true" }, MARKS[state]),
      html("span", { class: "tfkit-course-number" }, number),
      html("span", { class: "tfkit-course-title" }, title),
      html(
        "span",
        { class: "tfkit-course-count", title: `${solved} of ${exercises.length} exercises solved` },
        count,
      ),
    );
    open.disabled = path === null;
    if (path === null) open.title = "This lesson is not in the folder: copy the lessons.";
    const item = html("li", { "data-lesson": number, "data-state": state }, open);
    if (teacher) item.append(answers(number, exercises));
    return item;
  }

  private foot(teacher: boolean): HTMLElement {
    const box = html("input", { type: "checkbox", role: "switch", id: "tfkit-teacher" });
    box.checked = teacher;
    box.addEventListener("change", () => this.deeds.setTeacher(box.checked));
    const copy = this.button("tfkit-copy", "Copy new lessons", "tfkit-course-copy", () => this.deeds.copy());
    copy.title = "Brings lessons that are missing or newer; what you changed stays as it is.";
    const label = html("label", { title: "Shows hints and solutions of all exercises" }, box, "For teachers");
    return html("div", { class: "tfkit-course-foot" }, label, copy);
  }

  private button(id: string, words: string, kind: string, act: () => void): HTMLButtonElement {
    const button = html("button", { id, type: "button", class: kind }, words);
    button.addEventListener("click", act);
    return button;
  }
}

const MARKS = { new: "○", started: "◐", done: "●" };

/** What a teacher sees of the exercises of a lesson. */
function answers(number: string, exercises: Exercise[]): HTMLElement {
  const details = html(
    "details",
    { id: `tfkit-answers-${number}` },
    html("summary", {}, "Hints and solutions"),
  );
  for (const { name, prompt, hints = [], solution = "", reason = "" } of exercises)
    details.append(
      html("h3", {}, name),
      html("p", {}, ...withCode(prompt)),
      html("ol", {}, ...hints.map((hint) => html("li", {}, ...withCode(hint)))),
      html("pre", {}, solution),
      html("p", {}, ...withCode(reason)),
    );
  return details;
}

/** Returns a text in pieces, with what stands in back-ticks as code. */
function withCode(text: string): (HTMLElement | string)[] {
  return text.split("`").map((piece, place) => (place % 2 ? html("code", {}, piece) : piece));
}
