// Runs plans of parity cases through the C waist: runner PLAN [--threads N] [--flush]. For each case a line of JSON, with
// the types and sizes of what each step gave, and then the bytes; unisono/parity/engines.py reads and hashes them.
// For every processor that has a C++ compiler; python/unisono/parity/machine.py is the same in Python.
#include <bit>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "call.h"
#include "inputs.h"
#include "plan.h"
#include "unisono.h"
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace parity {
namespace {

struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Output {
  std::string type;
  std::vector<uint8_t> bytes;
};

size_t width(const std::string& type) { return type == "c64" ? 8 : type == "i16" ? 2 : type == "u8" ? 1 : 4; }

template <class T>
T load(const void* place) {
  T x;
  std::memcpy(&x, place, sizeof x);
  return x;
}

Output scalar(double x) {
  const uint64_t bits = x == x ? std::bit_cast<uint64_t>(x) : 0x7ff8000000000000;  // one NaN
  Output out{"f64", {}};
  for (int i = 0; i < 8; ++i) out.bytes.push_back(static_cast<uint8_t>(bits >> (8 * i)));
  return out;
}

class Machine {
 public:
  Machine(int threads, bool flush) : threads_(threads), flush_(flush) {}

  // What each step gives; stops with a Refusal. The object is freed in the end.
  void run(const Plan& plan, std::vector<std::vector<Output>>& results) {
    Value object;
    const struct Freed {  // also after a refusal
      const Plan& plan;
      const Value& object;
      ~Freed() {
        if (object.pointer != nullptr) functions().at(plan.free)({object});
      }
    } freed{plan, object};
    for (const Step& step : plan.steps) {
      results.emplace_back();
      for (int i = 0; i < step.repeat; ++i) {
        kept_.clear();
        if (step.kind == "new") object = construct(step);
        else
          for (auto& out : call(step, object)) results.back().push_back(std::move(out));
      }
    }
  }

 private:
  Value invoke(const std::string& name, const std::vector<Value>& args) {
#if defined(__x86_64__)
    const unsigned found = _mm_getcsr();
    if (flush_) _mm_setcsr(found | 0x8040);  // flush to zero, denormals are zero
    const Value result = functions().at(name)(args);
    _mm_setcsr(found);
    return result;
#else
    return functions().at(name)(args);
#endif
  }

  void check(const Value& status) {
    if (status.integer != 0) throw Refusal(unisono_last_error());
  }

  void* keep(std::vector<uint8_t> bytes) {
    const size_t doubles = bytes.size() / 8 + 2;  // aligned for every type
    kept_.emplace_back(doubles, 0xa5a5a5a5a5a5a5a5u);
    if (!bytes.empty()) std::memcpy(kept_.back().data(), bytes.data(), bytes.size());
    return kept_.back().data();
  }

  void* room(size_t size) { return keep(std::vector<uint8_t>(size, 0xa5)); }

  std::vector<Value> arguments(const Step& step) {
    std::vector<Value> made;
    for (const Arg& arg : step.args) {
      made.push_back(arg.type == "array" ? Value{keep(make_array(arg.fill)), 0, 0} : arg.value);
    }
    return made;
  }

  Value construct(const Step& step) {
    std::vector<Value> args = arguments(step);
    if (step.threads >= 0) {  // a wrong number stays wrong
      Value& given = args[static_cast<size_t>(step.threads)];
      if (given.integer >= 1 && given.integer <= 64) given = from(int64_t{threads_});
    }
    void* place = room(sizeof(void*));
    args.insert(args.begin(), Value{place, 0, 0});
    args.insert(args.end(), step.sizes.begin(), step.sizes.end());
    check(invoke(step.function, args));
    return {load<void*>(place), 0, 0};
  }

  std::vector<Output> call(const Step& step, const Value& object) {
    std::vector<Value> first;
    if (step.kind != "op") first.push_back(object);
    const std::vector<Value> args = arguments(step);
    std::vector<Value> all = first;
    if (step.kind == "hot") {
      all.insert(all.end(), args.begin(), args.end());
      std::vector<Output> made;
      made.push_back(scalar(invoke(step.function, all).real));
      return made;
    }
    const auto shapes = shapes_of(step, first, args);
    std::vector<void*> rooms;
    for (size_t i = 0; i < step.outs.size(); ++i) rooms.push_back(room(size_of(step.outs[i], shapes[i])));
    for (void* place : rooms) all.push_back({place, 0, 0});
    all.insert(all.end(), args.begin(), args.end());
    all.insert(all.end(), step.sizes.begin(), step.sizes.end());
    check(invoke(step.function, all));
    std::vector<Output> made;
    for (size_t i = 0; i < rooms.size(); ++i) made.push_back(result(step.outs[i], shapes[i], rooms[i]));
    return made;
  }

  std::vector<std::vector<int32_t>> shapes_of(const Step& step, std::vector<Value> args,
                                              const std::vector<Value>& given) {
    int dims = 0;
    for (const Out& out : step.outs) dims += out.dims;
    std::vector<std::vector<int32_t>> shapes(step.outs.size());
    if (dims == 0) return shapes;
    void* place = room(4 * static_cast<size_t>(dims));
    args.insert(args.begin(), Value{place, 0, 0});
    for (size_t i = 0; i < given.size(); ++i) {
      if (step.args[i].type != "array") args.push_back(given[i]);
    }
    args.insert(args.end(), step.sizes.begin(), step.sizes.end());
    check(invoke(step.function + "_sizes", args));
    const char* at = static_cast<const char*>(place);
    for (size_t i = 0; i < step.outs.size(); ++i) {
      for (int d = 0; d < step.outs[i].dims; ++d, at += 4) shapes[i].push_back(load<int32_t>(at));
    }
    return shapes;
  }

  static size_t size_of(const Out& out, const std::vector<int32_t>& shape) {
    if (out.dims == 0) return 8;
    size_t n = width(out.type);
    for (const int32_t size : shape) n *= static_cast<size_t>(size);
    return n;
  }

  static Output result(const Out& out, const std::vector<int32_t>& shape, const void* place) {
    const auto* bytes = static_cast<const uint8_t*>(place);
    if (out.dims > 0) return {out.type == "c64" ? "f32" : out.type, {bytes, bytes + size_of(out, shape)}};
    if (out.type == "str") {
      const char* text = load<const char*>(place);
      return {"text", {text, text + std::strlen(text)}};
    }
    if (out.type == "f32") return scalar(static_cast<double>(load<float>(place)));
    if (out.type == "f64") return scalar(load<double>(place));
    return scalar(out.type == "u32" ? load<uint32_t>(place) : load<int32_t>(place));
  }

  int threads_;
  [[maybe_unused]] bool flush_;
  std::vector<std::vector<uint64_t>> kept_;
};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

void print(Machine& machine, const Plan& plan) {
  std::vector<std::vector<Output>> results;
  std::string refusal;
  try {
    machine.run(plan, results);
  } catch (const Refusal& error) {
    refusal = error.what();
    results.pop_back();
  }
  std::string steps;
  for (const auto& outputs : results) {
    std::string step;
    for (const Output& out : outputs) {
      step += (step.empty() ? "[" : ", [") + quoted(out.type) + ", " + std::to_string(out.bytes.size()) + "]";
    }
    steps += (steps.empty() ? "[" : ", [") + step + "]";
  }
  std::cout << "{\"case\": " << quoted(plan.id) << ", \"error\": " << (refusal.empty() ? "null" : quoted(refusal))
            << ", \"steps\": [" << steps << "]}\n";
  for (const auto& outputs : results) {
    for (const Output& out : outputs) {
      std::cout.write(reinterpret_cast<const char*>(out.bytes.data()), static_cast<std::streamsize>(out.bytes.size()));
    }
  }
  std::cout.flush();
}

int run(const std::vector<std::string>& words) {
  std::string path;
  int threads = 1;
  bool flush = false;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--flush") flush = true;
    else if (words[i] == "--threads") threads = std::atoi(words.at(++i).c_str());
    else if (words[i] == "--info") return std::puts(unisono_build_info()) < 0;
    else path = words[i];
  }
  std::ifstream in(path);
  Machine machine(threads, flush);
  for (std::string head; in >> head;) {
    if (head != "case") throw std::runtime_error("a case was expected, not " + head);
    print(machine, read_plan(in));
  }
  return 0;
}

}  // namespace
}  // namespace parity

int main(int argc, char** argv) {
  try {
    return parity::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "runner: %s\n", error.what());
    return 2;
  }
}
