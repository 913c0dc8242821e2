//===- LaunchedProgram.cpp - A program to launch, with all it needs -------===//

#include "LaunchedProgram.h"

#include "attn/tools/Launch.h"

#include <cstring>

namespace launches {
namespace {

int64_t bytesOf(AttnDtype dtype) {
  switch (dtype) {
  case ATTN_F16:
  case ATTN_BF16:
    return 2;
  case ATTN_F64:
  case ATTN_I64:
    return 8;
  case ATTN_I8:
  case ATTN_BOOL:
    return 1;
  default:
    return 4;
  }
}

/// Numbers of moderate size in every float type; indices are 0.
void fill(Buffer &buffer, uint32_t seed) {
  for (size_t n = 0; n + 1 < buffer.bytes.size(); n += 2) {
    seed = seed * 1664525 + 1013904223;
    uint16_t half = uint16_t(0x3e00 | (seed >> 16 & 0x81ff));
    bool isFloat = buffer.info.dtype <= ATTN_F64;
    if (isFloat)
      std::memcpy(&buffer.bytes[n], &half, 2);
  }
}

void describe(const AttnArtifact *artifact, const std::vector<int64_t> &letters,
              bool isResult, std::vector<Buffer> &buffers) {
  size_t count = isResult ? attnArtifactResultCount(artifact, 0)
                          : attnArtifactArgumentCount(artifact, 0);
  for (size_t n = 0; n < count; ++n) {
    Buffer buffer;
    buffer.info.structSize = sizeof buffer.info;
    require(isResult ? attnArtifactResult : attnArtifactArgument, artifact,
            size_t(0), n, &buffer.info);
    int64_t bytes = bytesOf(buffer.info.dtype);
    for (int axis = 0; axis < buffer.info.rank; ++axis) {
      int64_t size = buffer.info.sizes[axis];
      for (size_t l = 0; size < 0 && l < letters.size(); ++l)
        if (std::strcmp(attnArtifactLetterName(artifact, 0, l),
                        buffer.info.letters[axis]) == 0)
          size = letters[l];
      buffer.sizes.push_back(size);
      bytes *= size;
    }
    buffer.bytes.assign(size_t(bytes), 0);
    buffers.push_back(std::move(buffer));
  }
}

} // namespace

Program::Program(AttnRuntime *runtime, const std::string &deviceName,
                 const std::string &folder) {
  require(attnArtifactLoadFolder, runtime, folder.c_str(), &artifact);
  require(attnDeviceOpen, runtime, deviceName.c_str(), &device);
  require(attnProgramPrepare, device, (const AttnArtifact *)artifact, size_t(0),
          &program);
}

Program::~Program() {
  attnProgramDestroy(program);
  attnDeviceDestroy(device);
  attnArtifactDestroy(artifact);
}

AttnTensor Buffer::view() {
  return {bytes.data(), sizes.data(), nullptr, int32_t(sizes.size()),
          info.dtype};
}

Problem::Problem(const Program &program, const Letters &givenLetters) {
  const AttnArtifact *artifact = program.artifact;
  std::vector<int64_t> letters;
  for (size_t n = 0; n < attnArtifactLetterCount(artifact, 0); ++n) {
    int64_t constant = attnArtifactLetterConstant(artifact, 0, n);
    auto given = givenLetters.find(attnArtifactLetterName(artifact, 0, n));
    letters.push_back(constant >= 0                 ? constant
                      : given == givenLetters.end() ? 1
                                                    : given->second);
  }
  describe(artifact, letters, /*isResult=*/false, inputs);
  describe(artifact, letters, /*isResult=*/true, results);
  for (size_t n = 0; n < inputs.size(); ++n)
    fill(inputs[n], uint32_t(n + 1));
  require(attnProgramWorkspaceBytes, (const AttnProgram *)program.program,
          (const int64_t *)letters.data(), &workspaceBytes);
}

Buffer &Problem::input(const std::string &name) {
  for (Buffer &buffer : inputs)
    if (name == buffer.info.name)
      return buffer;
  throw std::runtime_error("the program has no argument " + name);
}

Worker::Worker(Problem &problem)
    : results(problem.results),
      workspace(problem.workspaceBytes + 64, char(0xff)) {
  for (Buffer &input : problem.inputs)
    arguments.push_back(input.view());
  for (Buffer &result : results)
    outputs.push_back(result.view());
}

AttnLaunch Worker::makeLaunch() {
  auto address = reinterpret_cast<uintptr_t>(workspace.data());
  return attn::makeLaunch(arguments, outputs,
                          reinterpret_cast<void *>((address + 63) / 64 * 64),
                          workspace.size() - 64);
}

void Worker::launch(const Program &program) {
  for (Buffer &result : results)
    std::memset(result.bytes.data(), 0xff, result.bytes.size());
  AttnLaunch launch = makeLaunch();
  require(attnProgramLaunch, (const AttnProgram *)program.program,
          (const AttnLaunch *)&launch);
}

AttnStatus Worker::launchBadly(const Program &program) {
  AttnLaunch launch = makeLaunch();
  launch.resultCount = 0;
  AttnMessage message{sizeof message, {0}};
  return attnProgramLaunch(program.program, &launch, &message);
}

bool Worker::equals(const Worker &other) const {
  for (size_t n = 0; n < results.size(); ++n)
    if (results[n].bytes != other.results[n].bytes)
      return false;
  return true;
}

} // namespace launches
