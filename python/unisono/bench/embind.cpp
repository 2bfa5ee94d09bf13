// Maximilian's oscillator as its web build offers it: an object of JavaScript with a method that makes one sample.
#include <emscripten/bind.h>

#include "maximilian.h"

EMSCRIPTEN_BINDINGS(oscillator) {
  emscripten::class_<maxiSettings>("maxiSettings").class_function("setup", &maxiSettings::setup);
  emscripten::class_<maxiOsc>("maxiOsc").constructor<>().function("sinewave", &maxiOsc::sinewave);
}
