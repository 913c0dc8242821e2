//===- PrintProgram.cpp - A random program over the whole core as text ----===//

#include "ProgramSpec.h"

#include <map>
#include <set>

namespace attn::fuzz {
namespace {

class Printer {
public:
  explicit Printer(const ProgramSpec &spec) : spec(spec) {
    for (const Argument &argument : spec.arguments)
      types[argument.name] = printType(argument);
    for (unsigned f = 0; f < spec.folds.size(); ++f)
      for (const ResultSpec &result : getFoldResults(spec, f))
        types[result.tensor.name] = printType(result.tensor);
  }

  std::string print() {
    std::vector<std::string> arguments, results, values, returned;
    for (const Argument &argument : spec.arguments)
      arguments.push_back(printArgument(argument));
    for (const ResultSpec &result : spec.results) {
      const std::string &name = result.tensor.name;
      results.push_back(types[name] + " {attn.name = \"" + name + "\"}");
      values.push_back("%" + name);
      returned.push_back(types[name]);
    }
    for (unsigned f = 0; f < spec.folds.size(); ++f)
      printFold(f);
    return "func.func @main(" + join(arguments) + ")\n    -> (" +
           join(results) + ") {\n" + body + "  return " + join(values) + " : " +
           join(returned) + "\n}\n";
  }

private:
  /// ` lengths(%x)`, made once.
  std::string printLengths(const TokenAxis &axis) {
    if (axis.form == Form::Full)
      return "";
    if (made.insert(axis.table).second)
      body += "  %of_" + axis.table + " = attn.lengths." +
              (axis.form == Form::Packed ? "packed" : "per_batch") + " %" +
              axis.table + " : " + types[axis.table] + "\n";
    return " lengths(%of_" + axis.table + ")";
  }

  std::string printStream(const StreamSpec &stream, const std::string &name) {
    std::string mask, heads;
    if (stream.mask)
      mask = " mask " +
             printMask(getStreamSpec(spec, stream), *stream.mask, next, body);
    std::vector<std::string> map;
    for (int64_t head : stream.heads)
      map.push_back(std::to_string(head));
    if (!map.empty())
      heads = " heads [" + join(map) + "]";
    mask += printLengths(stream.keys);
    body += "  " + name + " = attn.stream %" + stream.k + ", %" + stream.v +
            mask + heads + " : " + types[stream.k] + ", " + types[stream.v] +
            "\n";
    return name;
  }

  std::string printState(const StateSpec &state, const std::string &name) {
    std::vector<std::string> parts, partTypes;
    for (const std::string &part : state.parts) {
      parts.push_back("%" + part);
      partTypes.push_back(types[part]);
    }
    body += "  " + name + " = attn.state " + join(parts) + " : " +
            join(partTypes) + "\n";
    return name;
  }

  void printFold(unsigned f) {
    const FoldSpec &fold = spec.folds[f];
    std::string n = std::to_string(f);
    std::vector<std::string> streams, states, results;
    for (size_t s = 0; s < fold.streams.size(); ++s)
      streams.push_back(
          printStream(fold.streams[s], "%s" + n + "_" + std::to_string(s)));
    for (size_t s = 0; s < fold.states.size(); ++s)
      states.push_back(
          printState(fold.states[s], "%t" + n + "_" + std::to_string(s)));
    std::string out, mass, state, lengths = printLengths(spec.queries);
    for (const ResultSpec &result : getFoldResults(spec, f)) {
      const std::string &type = types[result.tensor.name];
      results.push_back("%" + result.tensor.name);
      std::string &list = result.part == Part::Mass  ? mass
                          : result.part > Part::Mass ? state
                                                     : out;
      list += (list.empty() ? "" : ", ") + type;
    }
    if (!mass.empty())
      out += " mass(" + mass + ")";
    if (!state.empty())
      out += " state(" + state + ")";
    body += "  " + join(results) + " = ";
    body += fold.isMerge ? "attn.merge " + join(states) + " : " + out + "\n"
                         : "attn.attend %q" + lengths + " over " +
                               join(streams) + printRest(fold, states) + " : " +
                               types["q"] + " -> " + out + "\n";
  }

  std::string printRest(const FoldSpec &fold,
                        const std::vector<std::string> &states) {
    std::string text = states.empty() ? "" : " from " + join(states);
    if (fold.scale)
      text += " scale(" + std::to_string(*fold.scale) + ")";
    if (!fold.sink.empty())
      text += " sink(%" + fold.sink + " : " + types[fold.sink] + ")";
    return text + printScore(fold.score);
  }

  const ProgramSpec &spec;
  std::map<std::string, std::string> types;
  std::set<std::string> made;
  std::string body;
  int next = 0;
};

} // namespace

std::string printProgram(const ProgramSpec &spec) {
  return Printer(spec).print();
}

} // namespace attn::fuzz
