import { Widget } from "@lumino/widgets";
export default new Widget();
