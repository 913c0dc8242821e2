//===- MiscompiledTest.cpp - Programs compiled wrong, which must be seen --===//
//
// A device computes a program with one thing changed, a fault that a kernel
// might have; the reference computes the program. Among the first programs that
// the fault applies to, the check of values has to tell in two and the
// visibility test, if it can, in one: in others there is nothing to see, as
// where no key is visible.
//
//===----------------------------------------------------------------------===//

#include "ProgramTest.h"
#include "SaveCase.h"
#include "Tests.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace attn::fuzz {
namespace {

/// Changes the program; false if the fault does not apply.
using Change = bool (*)(ProgramSpec &spec);

/// Changes the first fold that `change` accepts.
bool changeFold(ProgramSpec &spec,
                llvm::function_ref<bool(FoldSpec &)> change) {
  return llvm::any_of(spec.folds, change);
}

bool changeStream(ProgramSpec &spec,
                  llvm::function_ref<bool(StreamSpec &)> change) {
  return changeFold(
      spec, [&](FoldSpec &fold) { return llvm::any_of(fold.streams, change); });
}

bool loseStream(ProgramSpec &spec) {
  return changeFold(spec, [](FoldSpec &fold) {
    if (fold.streams.size() < 2 || fold.mass)
      return false;
    fold.streams.pop_back();
    return true;
  });
}

bool doubleStream(ProgramSpec &spec) {
  return changeFold(spec, [](FoldSpec &fold) {
    if (fold.streams.empty() || fold.mass)
      return false;
    fold.streams.push_back(fold.streams.front());
    return true;
  });
}

bool swapMasses(ProgramSpec &spec) {
  return changeFold(spec, [](FoldSpec &fold) {
    if (fold.streams.size() < 2 || !fold.mass)
      return false;
    std::swap(fold.streams[0], fold.streams[1]);
    return true;
  });
}

bool turnHeads(ProgramSpec &spec) {
  return changeStream(spec, [](StreamSpec &stream) {
    if (stream.heads.empty() || stream.hk == 1)
      return false;
    for (int64_t &head : stream.heads)
      head = (head + 1) % stream.hk;
    return true;
  });
}

bool ignoreKeyLengths(ProgramSpec &spec) {
  return changeStream(spec, [](StreamSpec &stream) {
    if (stream.keys.form != Form::PerBatch)
      return false;
    stream.keys.form = Form::Full;
    return true;
  });
}

bool ignoreQueryLengths(ProgramSpec &spec) {
  bool isPadded = spec.queries.form == Form::PerBatch;
  spec.queries.form = Form::Full;
  return isPadded;
}

bool mixOffsets(ProgramSpec &spec) {
  if (spec.queries.form != Form::Packed)
    return false;
  return changeStream(spec, [&](StreamSpec &stream) {
    if (stream.keys.form != Form::Packed ||
        stream.keys.table == spec.queries.table)
      return false;
    stream.keys.table = spec.queries.table;
    return true;
  });
}

bool loseSink(ProgramSpec &spec) {
  return changeFold(spec, [](FoldSpec &fold) {
    bool hasSink = !fold.sink.empty();
    fold.sink.clear();
    return hasSink;
  });
}

bool loseState(ProgramSpec &spec) {
  return changeFold(spec, [](FoldSpec &fold) {
    if (fold.isMerge || fold.states.empty())
      return false;
    fold.states.pop_back();
    return true;
  });
}

bool doubleMerged(ProgramSpec &spec) {
  return changeFold(spec, [](FoldSpec &fold) {
    if (fold.isMerge)
      fold.states.push_back(fold.states.front());
    return fold.isMerge;
  });
}

/// The first causal mask of a tree shows one key more.
bool shiftCausal(MaskNode &node) {
  if (node.kind == MaskNode::Causal && node.first.number)
    return ++*node.first.number, true;
  return llvm::any_of(node.operands, shiftCausal);
}

bool shiftMask(ProgramSpec &spec) {
  return changeStream(spec, [](StreamSpec &stream) {
    return stream.mask && shiftCausal(*stream.mask);
  });
}

bool loseScore(ProgramSpec &spec) {
  return changeFold(spec, [](FoldSpec &fold) {
    bool hasScore = !fold.score.body.empty();
    fold.score = {};
    return hasScore;
  });
}

bool loseMask(ProgramSpec &spec) {
  return changeStream(spec, [](StreamSpec &stream) {
    bool hasMask = stream.mask.has_value();
    stream.mask.reset();
    return hasMask;
  });
}

struct Fault {
  const char *name;
  Change change;
  /// With q = 0, no sink and states of no key. Heads show each other's codes
  /// only where there are too many keys for one round.
  bool showsInCodes;
};
constexpr Fault kFaults[] = {
    {"last stream lost", loseStream, true},
    {"first stream twice", doubleStream, true},
    {"masses in another order", swapMasses, false},
    {"next key head", turnHeads, false},
    {"lengths of keys ignored", ignoreKeyLengths, true},
    {"lengths of queries ignored", ignoreQueryLengths, true},
    {"offsets of queries for keys", mixOffsets, true},
    {"sink lost", loseSink, false},
    {"state lost", loseState, false},
    {"merged state twice", doubleMerged, false},
    {"score region lost", loseScore, false},
    {"causal off by one", shiftMask, true},
    {"mask lost", loseMask, true}};

constexpr int kMostPrograms = 12;     ///< With each fault.
constexpr uint64_t kMostSeeds = 1000; ///< To find them in.

/// In how many programs a check told.
struct Seen {
  int programs = 0, values = 0, withCodes = 0, codes = 0;

  bool isEnough(const Fault &fault) const {
    return values >= 2 && (!fault.showsInCodes || codes >= 1);
  }
};

bool isError(llvm::Error error) {
  bool is = bool(error);
  llvm::consumeError(std::move(error));
  return is;
}

class Miscompiler {
public:
  Miscompiler(Session &session, const Options &options)
      : session(session), options(options) {}

  /// Runs programs with the fault until enough tell; an error if one does not
  /// compile.
  llvm::Expected<Seen> run(const Fault &fault, const std::string &device) {
    Seen seen;
    for (uint64_t seed = 1; seed <= kMostSeeds && !seen.isEnough(fault) &&
                            seen.programs < kMostPrograms;
         ++seed) {
      ProgramSpec spec = drawProgram(seed, device == "sim"), changed = spec;
      if (!fault.change(changed))
        continue;
      ++seen.programs;
      std::vector<std::string> variants =
          chooseVariants(spec.dtype, device, {});
      if (!variants.empty()) // One is enough: the fault is none of its code.
        variants = {variants[seed % variants.size()]};
      ProgramTest test(session, spec, device, variants);
      if (llvm::Error error = test.prepare(changed))
        return error;
      bool isSeen = isError(test.checkValues());
      seen.values += isSeen;
      if (isSeen && !options.saveFolder.empty())
        if (llvm::Error error = saveCase(options.saveFolder, spec, device,
                                         test.outcome.variant, test.data))
          return error;
      seen.withCodes += spec.hasCodes();
      seen.codes += isError(test.checkVisibility());
    }
    return seen;
  }

private:
  Session &session;
  const Options &options;
};

void print(const Seen &seen, const Fault &fault, const std::string &device) {
  llvm::outs() << device << ", " << fault.name << ": " << seen.values << " of "
               << seen.programs << " by values";
  if (fault.showsInCodes)
    llvm::outs() << ", " << seen.codes << " of " << seen.withCodes
                 << " by codes";
  llvm::outs() << (seen.isEnough(fault) ? "" : " MISSED") << "\n";
}

} // namespace

int runMiscompiled(const Options &options) {
  std::unique_ptr<Session> session = Session::create();
  if (!session)
    return 1;
  Miscompiler miscompiler(*session, options);
  int missed = 0;
  for (const std::string &device : options.devices)
    for (const Fault &fault : kFaults) {
      llvm::Expected<Seen> seen = miscompiler.run(fault, device);
      if (!seen) {
        llvm::errs() << "attn-fuzz: error: " << fault.name << " on " << device
                     << ": " << llvm::toString(seen.takeError()) << "\n";
        return 1;
      }
      missed += !seen->isEnough(fault);
      print(*seen, fault, device);
    }
  llvm::outs() << missed << " missed\n";
  return missed > 0;
}

} // namespace attn::fuzz
