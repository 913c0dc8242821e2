//===- Features.cpp - What a random program has ---------------------------===//

#include "Features.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <set>

namespace attn::fuzz {
namespace {

constexpr llvm::StringLiteral kNames[] = {
    // types and sizes
    "f32", "f16", "bf16", "odd-D", "D-above-128", "Dv-not-D", "static",
    "heads-of-one-letter", "no-queries", "no-keys", "large-logits", "scale",
    // lengths, of queries and of streams
    "full-queries", "per-batch-queries", "packed-queries", "full-keys",
    "per-batch-keys", "packed-keys", "keys-as-queries",
    // memory
    "BHSD", "BSHD", "packed-QKV", "padded-strides",
    // streams
    "two-streams", "three-streams", "grouped-heads", "head-map", "no-mask",
    // masks
    "causal", "window", "first", "prefix", "block", "document", "and", "or",
    "not", "free-region", "parameter-per-head",
    // score regions
    "alibi", "cap", "key-bias", "pair-bias", "relative", "segments", "gate",
    "digits", "decay", "branches",
    // folds
    "chain", "merge-of-one-fold", "merge-of-two-folds", "two-part-argument",
    "three-part-argument", "two-part-state", "three-part-state", "sink",
    "sink-before-state", "lse", "mass", "state-results"};

class Finder {
public:
  Finder(const ProgramSpec &spec, const Data &data) : spec(spec), data(data) {}

  std::vector<std::string> find() {
    addSizes();
    addMemory();
    for (const FoldSpec &fold : spec.folds)
      addFold(fold);
    std::vector<std::string> names;
    for (llvm::StringRef name : kNames)
      if (found.count(name.str()))
        names.push_back(name.str());
    return names;
  }

private:
  void add(bool has, const std::string &name) {
    if (has)
      found.insert(name);
  }

  void addSizes() {
    add(spec.dtype == ATTN_F32, "f32");
    add(spec.dtype == ATTN_F16, "f16");
    add(spec.dtype == ATTN_BF16, "bf16");
    add(spec.d % 2, "odd-D");
    add(spec.d > 128, "D-above-128");
    add(spec.dv != spec.d, "Dv-not-D");
    add(spec.isStatic, "static");
    add(spec.dynamicHeads, "heads-of-one-letter");
    add(spec.queries.tokens == 0, "no-queries");
    add(spec.queryFactor > 1, "large-logits");
    addForm(spec.queries, "-queries");
  }

  void addForm(const TokenAxis &axis, const std::string &whose) {
    add(axis.form == Form::Full, "full" + whose);
    add(axis.form == Form::PerBatch, "per-batch" + whose);
    add(axis.form == Form::Packed, "packed" + whose);
  }

  /// Of tensors where the order of the axes means something.
  void addMemory() {
    for (auto [argument, tensor] : llvm::zip(spec.arguments, data.arguments)) {
      if (tensor.getCount() == 0 || argument.shape.size() < 3)
        continue;
      add(tensor.getLayout() == Layout::Dense, "BHSD");
      add(tensor.getLayout() == Layout::HeadsInside, "BSHD");
      add(tensor.getLayout() == Layout::Packed, "packed-QKV");
      add(tensor.getLayout() == Layout::Padded, "padded-strides");
    }
  }

  void addFold(const FoldSpec &fold) {
    add(fold.scale.has_value(), "scale");
    add(fold.streams.size() == 2, "two-streams");
    add(fold.streams.size() == 3, "three-streams");
    for (const StreamSpec &stream : fold.streams)
      addStream(stream);
    found.insert(fold.score.name);
    for (const StateSpec &state : fold.states)
      addState(state);
    auto ofFolds = llvm::count_if(
        fold.states, [](const StateSpec &state) { return state.fold >= 0; });
    add(!fold.isMerge && ofFolds, "chain");
    add(fold.isMerge && ofFolds == 1, "merge-of-one-fold");
    add(fold.isMerge && ofFolds == 2, "merge-of-two-folds");
    add(!fold.sink.empty(), "sink");
    add(fold.lse, "lse");
    add(fold.mass, "mass");
    add(fold.state, "state-results");
  }

  void addStream(const StreamSpec &stream) {
    bool isShared = stream.keys.letter == spec.queries.letter;
    add(isShared, "keys-as-queries");
    if (!isShared)
      addForm(stream.keys, "-keys");
    add(stream.keys.tokens == 0, "no-keys");
    add(stream.heads.empty() && stream.hk < spec.hq, "grouped-heads");
    add(!stream.heads.empty(), "head-map");
    add(!stream.mask, "no-mask");
    if (stream.mask)
      addMask(*stream.mask);
  }

  void addMask(const MaskNode &node) {
    constexpr const char *kinds[] = {"causal", "window",   "first", "prefix",
                                     "block",  "document", "and",   "or",
                                     "not",    "pattern"};
    found.insert(kinds[node.kind]);
    add(node.isFree, "free-region");
    add(node.kind != MaskNode::Prefix &&
            !(node.first.table + node.second.table).empty(),
        "parameter-per-head");
    for (const MaskNode &operand : node.operands)
      addMask(operand);
  }

  void addState(const StateSpec &state) {
    std::string parts = state.parts.size() == 2 ? "two-part" : "three-part";
    found.insert(parts + (state.fold < 0 ? "-argument" : "-state"));
    add(state.fold >= 0 && !spec.folds[state.fold].sink.empty(),
        "sink-before-state");
  }

  const ProgramSpec &spec;
  const Data &data;
  std::set<std::string> found;
};

} // namespace

llvm::ArrayRef<llvm::StringLiteral> getFeatureNames() { return kNames; }

std::vector<std::string> findFeatures(const ProgramSpec &spec,
                                      const Data &data) {
  return Finder(spec, data).find();
}

} // namespace attn::fuzz
