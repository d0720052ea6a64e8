// The one door to a kernel. What runs in JupyterLab opens it; elsewhere it stays closed, and a view is what it is.

/** What Python can be asked while its kernel lives. */
export interface Live {
  /** Returns the packed graph of a run with other numbers, by their names. */
  set(values: Record<string, number>): Promise<string>;
}

type Connect = (near: Element, id: string) => Promise<Live | null>;

let connect: Connect = async () => null;

/** Says how a kernel is found for what stands at an element of the page. */
export function openDoor(how: Connect): void {
  connect = how;
}

/** Returns the object with an id in the kernel of the notebook around an element, or null where there is none. */
export function find(near: Element, id: string): Promise<Live | null> {
  return connect(near, id);
}
