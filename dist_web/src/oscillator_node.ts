// The page's side of the oscillators: what generated/nodes.js makes its factories of.
import { type CoreNode, make_node, type NodeFactory, type NodeFiles } from "./attach.js";
import { check_options } from "./arguments.js";

/** The factory for one oscillator; `controls` become AudioParams that are properties of the node too. */
export function oscillator<N extends CoreNode, O extends NodeFiles>(
  name: string,
  controls: readonly string[],
  options: readonly string[],
): NodeFactory<N, O> {
  return {
    async create(context, given = {} as O) {
      check_options(`${name}Node`, given, [...controls, ...options, "wasmUrl", "workletUrl", "workerUrl"]);
      const values = given as unknown as Record<string, number>;
      const chosen = (names: readonly string[]) => Object.fromEntries(names.filter((n) => n in given).map((n) => [n, values[n]!]));
      const node = await make_node(context, name, given, {
        numberOfInputs: 0,
        outputChannelCount: [1],
        parameterData: chosen(controls),
        processorOptions: { options: chosen(options) },
      });
      const params = controls.map((control) => [control, node.parameters.get(control)!]);
      return Object.assign(node, Object.fromEntries(params)) as N;
    },
  };
}
