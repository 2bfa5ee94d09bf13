// The package's audio worklet: add it to a context and its processors are there; imported anywhere else it does nothing.
import { register_analyser } from "./processor_analyser.js";
import { register_oscillators } from "./processor_oscillator.js";
import { register_picture } from "./processor_picture.js";
import { register_player } from "./processor_player.js";
import { scope } from "./worklet_scope.js";

if (typeof scope.registerProcessor === "function") {
  register_oscillators();
  register_analyser(scope);
  register_picture(scope);
  register_player(scope);
}
