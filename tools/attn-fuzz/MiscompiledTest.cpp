//===- MiscompiledTest.cpp - Programs compiled wrong, which must be seen --===//
//
// A device computes a program with one thing changed, a fault that a kernel
// might have; the reference computes the program. The program test has to
// notice in most programs that the fault applies to: in some it can not show,
// as where no key is visible.
//
//===----------------------------------------------------------------------===//

#include "ProgramTest.h"
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
};
constexpr Fault kFaults[] = {{"last stream lost", loseStream},
                             {"first stream twice", doubleStream},
                             {"masses in another order", swapMasses},
                             {"next key head", turnHeads},
                             {"lengths of keys ignored", ignoreKeyLengths},
                             {"lengths of queries ignored", ignoreQueryLengths},
                             {"offsets of queries for keys", mixOffsets},
                             {"sink lost", loseSink},
                             {"state lost", loseState},
                             {"merged state twice", doubleMerged},
                             {"mask lost", loseMask}};

constexpr int kPrograms = 4;          ///< With each fault.
constexpr uint64_t kMostSeeds = 1000; ///< To find them in.

/// How many of kPrograms show the fault; an error if one does not compile.
llvm::Expected<int> countSeen(Session &session, const Fault &fault,
                              const std::string &device) {
  int found = 0, seen = 0;
  for (uint64_t seed = 1; seed <= kMostSeeds && found < kPrograms; ++seed) {
    ProgramSpec spec = drawProgram(seed, device == "sim"), changed = spec;
    if (!fault.change(changed))
      continue;
    ++found;
    if (auto made = compileProgram(session, changed, device, ""); !made)
      return made.takeError();
    llvm::Error error = ProgramTest(session, spec, device).run(changed);
    seen += bool(error);
    llvm::consumeError(std::move(error));
  }
  return seen;
}

} // namespace

int runMiscompiled(const Options &options) {
  auto session = Session::create();
  if (!session) {
    llvm::errs() << "attn-fuzz: error: " << llvm::toString(session.takeError())
                 << "\n";
    return 1;
  }
  int missed = 0;
  for (const std::string &device : options.devices)
    for (const Fault &fault : kFaults) {
      auto seen = countSeen(**session, fault, device);
      if (!seen) {
        llvm::errs() << "attn-fuzz: error: " << fault.name << " on " << device
                     << ": " << llvm::toString(seen.takeError()) << "\n";
        return 1;
      }
      bool isMissed = *seen < kPrograms / 2;
      missed += isMissed;
      llvm::outs() << device << ", " << fault.name << ": seen in " << *seen
                   << " of " << kPrograms << (isMissed ? " MISSED" : "")
                   << "\n";
    }
  llvm::outs() << missed << " missed\n";
  return missed > 0;
}

} // namespace attn::fuzz
