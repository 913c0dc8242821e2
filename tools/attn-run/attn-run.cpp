//===- attn-run.cpp - Run an attention program ----------------------------===//
//
// Options, one call, exit code. Uses the runtime through its C API only; in a
// full build the compiler is a plug-in of it.
//
//===----------------------------------------------------------------------===//

#include "Failure.h"
#include "Opened.h"
#include "Options.h"
#include "Outputs.h"
#include "Session.h"

#include "attn-c/AttnPlugin.h"
#ifdef ATTN_HAVE_COMPILER
#include "attn-c/AttnCompiler.h"
#endif

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>

using namespace attn::run;

const AttnPlugin *attn::run::compilerPlugin() {
#ifdef ATTN_HAVE_COMPILER
  return attnCompilerPlugin();
#else
  return nullptr;
#endif
}

/// The compiler cannot go on without memory, and nothing may be half-written.
static void prepareForNoMemory() {
#ifdef ATTN_HAVE_COMPILER
  attnCompilerExitWhenOutOfMemory("attn-run", &Outputs::abandon);
#endif
}

static int printVersion() {
  const AttnPlugin *plugin = compilerPlugin();
  if (plugin && plugin->version)
    std::printf("%s\n", plugin->version);
  else
    std::printf("attn %s\nLLVM not in this build\nptxas not in this build\n",
                attnRuntimeVersion());
  return 0;
}

static int fail(int code, const char *text) {
  std::fprintf(stderr, "attn-run: error: %s\n", text);
  return code;
}

int main(int argc, char **argv) {
  // A write beyond a limit of the system then fails like one to a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
  prepareForNoMemory();
  try {
    Options options = parseOptions(argc, argv);
    if (options.help)
      return std::fputs(kHelp, stdout) < 0;
    if (options.version)
      return printVersion();
    int code = runSession(options);
    if (std::fflush(stdout) != 0)
      return fail(1, "cannot write to standard output");
    return code;
  } catch (const UsageError &error) {
    return fail(2, error.what());
  } catch (const std::bad_alloc &) {
    return fail(1, "out of memory");
  } catch (const std::exception &error) {
    return fail(1, error.what());
  }
}
