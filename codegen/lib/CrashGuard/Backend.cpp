//===- Backend.cpp - Targets of LLVM, for many threads --------------------===//

#include "attn/codegen/Backend.h"

#include "llvm/MC/TargetRegistry.h"

#include <mutex>
#include <set>

static std::mutex listMutex;

const llvm::Target *attn::findBackend(void (*initialize)(),
                                      const llvm::Triple &triple,
                                      std::string &error) {
  static std::set<void (*)()> initialized;
  std::lock_guard<std::mutex> lock(listMutex);
  if (initialized.insert(initialize).second)
    initialize();
  return llvm::TargetRegistry::lookupTarget(triple, error);
}
