// Reads plans: the text that python/unisono/parity/plan.py writes, one call of the C waist a line.
#pragma once

#include <istream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "call.h"
#include "inputs.h"

namespace parity {

struct Out {
  std::string type;
  int dims;
};

struct Arg {
  std::string type;  // or "array"
  Value value;
  Fill fill;
};

struct Step {
  std::string kind, function;
  int repeat, threads;
  std::vector<Out> outs;
  std::vector<Arg> args;
  std::vector<Value> sizes;
};

struct Plan {
  std::string id, free;
  std::vector<Step> steps;
};

template <class T>
T word(std::istream& in) {
  T x;
  if (!(in >> x)) throw std::runtime_error("the plan ends too early");
  return x;
}

inline Fill read_fill(std::istream& in) {
  Fill fill;
  fill.dtype = word<std::string>(in);
  fill.n = word<uint32_t>(in);
  fill.kind = word<std::string>(in);
  for (int left = word<int>(in); left > 0; --left) {
    const auto key = word<std::string>(in);
    if (key == "data") fill.data = word<std::string>(in);
    else if (key != "values") fill.numbers[key] = number(word<std::string>(in));
    else
      for (int n = word<int>(in); n > 0; --n) fill.values.push_back(number(word<std::string>(in)));
  }
  return fill;
}

inline Arg read_arg(std::istream& in) {
  Arg arg;
  arg.type = word<std::string>(in);
  if (arg.type == "array") {
    arg.fill = read_fill(in);
  } else if (arg.type == "f32" || arg.type == "f64") {
    arg.value = from(number(word<std::string>(in)));
  } else {
    arg.value = from(word<int64_t>(in));
  }
  return arg;
}

inline Step read_step(std::istream& in) {
  Step step;
  step.kind = word<std::string>(in);
  step.function = word<std::string>(in);
  step.repeat = word<int>(in);
  step.threads = word<int>(in);
  for (int n = word<int>(in); n > 0; --n) {
    auto type = word<std::string>(in);
    step.outs.push_back({std::move(type), word<int>(in)});
  }
  for (int n = word<int>(in); n > 0; --n) step.args.push_back(read_arg(in));
  for (int n = word<int>(in); n > 0; --n) step.sizes.push_back(from(word<int32_t>(in)));
  return step;
}

inline Plan read_plan(std::istream& in) {
  Plan plan;
  plan.id = word<std::string>(in);
  plan.free = word<std::string>(in);
  for (int n = word<int>(in); n > 0; --n) plan.steps.push_back(read_step(in));
  return plan;
}

}  // namespace parity
