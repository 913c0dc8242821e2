//===- Program.cpp - Prepare and launch -----------------------------------===//
//
// The device-independent half of a launch: checks, then the device.
//
//===----------------------------------------------------------------------===//

#include "Device.h"

using namespace attn::runtime;

Program::~Program() = default;

AttnStatus Program::check(const Call &, const AttnCheckOptions &,
                          AttnCheckResult *, AttnMessage *message) const {
  return fail(message, ATTN_INVALID_ARGUMENT,
              "this device cannot check results; prepare the entry on device "
              "'reference'");
}

AttnStatus Program::work(const Call &, AttnWork *, AttnMessage *message) const {
  return fail(message, ATTN_INVALID_ARGUMENT,
              "this device cannot count visible pairs; prepare the entry on "
              "device 'reference'");
}

AttnStatus attnProgramPrepare(AttnDevice *device, const AttnArtifact *artifact,
                              size_t entry, AttnProgram **program,
                              AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!device || !artifact || !program)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnProgramPrepare: a pointer is null");
    if (entry >= artifact->state->signatures.size())
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnProgramPrepare: entry %zu of %zu", entry,
                  artifact->state->signatures.size());
    std::unique_ptr<Program> made;
    if (AttnStatus status = device->device->prepare(
            device->runtime, artifact->state, entry, made, message))
      return status;
    *program = new AttnProgram{std::move(made)};
    return ATTN_OK;
  });
}

void attnProgramDestroy(AttnProgram *program) { delete program; }

const char *attnProgramDescription(const AttnProgram *program) {
  return program ? program->program->description.c_str() : "";
}

const char *attnProgramWarning(const AttnProgram *program) {
  return program ? program->program->warning.c_str() : "";
}

AttnStatus attnProgramWorkspaceBytes(const AttnProgram *program,
                                     const int64_t *letters, size_t *bytes,
                                     AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!program || !bytes ||
        (!letters && !program->program->signature().letterNames.empty()))
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnProgramWorkspaceBytes: a pointer is null");
    return program->program->workspaceBytes(letters, bytes, message);
  });
}

AttnStatus attnProgramLaunch(const AttnProgram *program,
                             const AttnLaunch *launch, AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!program || !launch)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnProgramLaunch: a pointer is null");
    Call call;
    if (AttnStatus status = checkCall(program->program->signature(), *launch,
                                      Scope::kEverything, call, message))
      return status;
    return program->program->launch(call, message);
  });
}

AttnStatus attnProgramTime(const AttnProgram *program, const AttnLaunch *launch,
                           int64_t runs, double *milliseconds,
                           AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!program || !launch || runs < 1 || !milliseconds)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnProgramTime: a pointer is null or runs is below 1");
    Call call;
    if (AttnStatus status = checkCall(program->program->signature(), *launch,
                                      Scope::kEverything, call, message))
      return status;
    return program->program->time(call, runs, milliseconds, message);
  });
}

AttnStatus attnProgramCheck(const AttnProgram *program,
                            const AttnLaunch *launch,
                            const AttnCheckOptions *options,
                            AttnCheckResult *results, AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    if (!program || !launch || !results)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnProgramCheck: a pointer is null");
    AttnCheckOptions chosen{sizeof(AttnCheckOptions), 0, 0};
    if (options)
      chosen = *options;
    size_t count = program->program->signature().entry->results.size();
    if (chosen.structSize < sizeof(AttnCheckOptions) ||
        (count && results->structSize < sizeof(AttnCheckResult)))
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnProgramCheck: structSize of the options or of the "
                  "first result is too small");
    for (size_t i = 0; i < count; ++i)
      results[i].structSize = sizeof(AttnCheckResult);
    Call call;
    if (AttnStatus status = checkCall(program->program->signature(), *launch,
                                      Scope::kEverything, call, message))
      return status;
    return program->program->check(call, chosen, results, message);
  });
}

AttnStatus attnProgramWork(const AttnProgram *program, const AttnLaunch *launch,
                           AttnWork *work, AttnMessage *message) {
  return guarded(message, [&]() -> AttnStatus {
    size_t least = offsetof(AttnWork, attend);
    if (!program || !launch || !work || work->structSize < least)
      return fail(message, ATTN_INVALID_ARGUMENT,
                  "attnProgramWork: a pointer is null or structSize is below "
                  "%zu",
                  least);
    Call call;
    if (AttnStatus status = checkCall(program->program->signature(), *launch,
                                      Scope::kArgumentsOnly, call, message))
      return status;
    return program->program->work(call, work, message);
  });
}
