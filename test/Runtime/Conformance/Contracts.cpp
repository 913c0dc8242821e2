//===- Contracts.cpp - What a launch accepts and refuses ------------------===//

#include "Harness.h"

#include <cmath>

using namespace conformance;

CONFORMANCE_TEST(matches_a_plain_evaluation, kEveryDevice) {
  Session session(fixture);
  for (int64_t l : {1, 2, 37, 128}) {
    Problem problem(2, l, l + 3);
    run(problem, session);
    problem.check();
  }
}

// No batch, no query, no key: nothing crashes; without keys o is 0, lse -inf.
CONFORMANCE_TEST(accepts_zero_sizes, kEveryDevice) {
  Session session(fixture);
  int64_t sizes[][3] = {{0, 5, 7}, {2, 0, 7}, {2, 5, 0}, {0, 0, 0}};
  for (auto [b, lq, lk] : sizes) {
    Problem problem(b, lq, lk);
    AttnLaunch &launch = problem.prepare(session);
    for (AttnTensor &tensor : problem.arguments)
      for (int axis = 0; axis < tensor.rank; ++axis)
        if (tensor.sizes[axis] == 0)
          tensor.data = nullptr;
    session.launch(launch).require();
    problem.check();
  }
}

// Query, key and value are slices of one buffer [B, L, 2*8 + 8 + 4], and so is
// the output: none of them overlaps, all of their ranges do.
CONFORMANCE_TEST(accepts_slices_of_one_packed_buffer, kEveryDevice) {
  Session session(fixture);
  Problem dense(2, 9, 9);
  run(dense, session);
  constexpr int64_t kRow = 16 + 8 + 4 + 8;
  std::vector<float> packed(2 * 9 * kRow, NAN);
  Problem problem(2, 9, 9);
  auto place = [&](Tensor &tensor, int64_t offset, int64_t width) {
    Tensor moved = tensor;
    moved.data = packed.data() + offset;
    moved.strides = {9 * kRow, width, kRow, 1};
    for (int64_t b = 0; b < 2; ++b)
      for (int64_t h = 0; h < tensor.sizes[1]; ++h)
        for (int64_t i = 0; i < 9; ++i)
          for (int64_t d = 0; d < width; ++d)
            moved.data[b * 9 * kRow + h * width + i * kRow + d] =
                tensor.data[((b * tensor.sizes[1] + h) * 9 + i) * width + d];
    tensor = moved;
  };
  place(problem.q, 0, 8);
  place(problem.k, 16, 8);
  place(problem.v, 24, 4);
  place(problem.o, 28, 4);
  run(problem, session);
  problem.check();
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t h = 0; h < 2; ++h)
      for (int64_t i = 0; i < 9; ++i)
        EXPECT(std::memcmp(problem.o.data + b * 9 * kRow + h * 4 + i * kRow,
                           dense.oData.data() + ((b * 2 + h) * 9 + i) * 4,
                           16) == 0);
}

CONFORMANCE_TEST(ignores_strides_of_axes_of_size_one, kEveryDevice) {
  Session session(fixture);
  Problem wanted(1, 5, 6), problem(1, 5, 6);
  run(wanted, session);
  problem.q.strides[0] = 0;
  problem.k.strides[0] = -17;
  problem.k.strides[1] = 0;
  problem.v.strides[1] = INT64_MAX;
  problem.lse.strides[0] = 1;
  run(problem, session);
  EXPECT(std::memcmp(problem.oData.data(), wanted.oData.data(),
                     wanted.oData.size() * 4) == 0);
}

CONFORMANCE_TEST(takes_missing_strides_as_dense, kEveryDevice) {
  Session session(fixture);
  Problem wanted(2, 5, 6), problem(2, 5, 6);
  run(wanted, session);
  for (Tensor *tensor :
       {&problem.q, &problem.k, &problem.v, &problem.o, &problem.lse})
    tensor->dense = true;
  run(problem, session);
  EXPECT(problem.results() == wanted.results());
}

namespace {
/// Launches a problem that `spoil` made wrong and expects the message.
template <typename Spoil>
void refuses(const Session &session, AttnStatus status, const char *message,
             Spoil spoil) {
  Problem problem(2, 5, 6);
  problem.prepare(session);
  spoil(problem);
  std::vector<float> before = problem.results();
  session.launch(problem.launch).expect(status, message);
  // NaN does not compare equal to itself, so bits are compared.
  std::vector<float> after = problem.results();
  EXPECT(std::memcmp(before.data(), after.data(), before.size() * 4) == 0);
}
} // namespace

CONFORMANCE_TEST(refuses_wrong_types_and_counts, kEveryDevice) {
  Session session(fixture);
  refuses(session, ATTN_CONTRACT, "argument 'k' has dtype bf16, expected f32",
          [](Problem &p) { p.arguments[1].dtype = ATTN_BF16; });
  refuses(session, ATTN_CONTRACT, "result 'lse' has dtype f16, expected f32",
          [](Problem &p) { p.outputs[1].dtype = ATTN_F16; });
  refuses(session, ATTN_CONTRACT, "has dtype unknown",
          [](Problem &p) { p.arguments[0].dtype = AttnDtype(77); });
  refuses(session, ATTN_CONTRACT, "argument 'q' has 3 axes, expected 4",
          [](Problem &p) { p.arguments[0].rank = 3; });
  refuses(session, ATTN_INVALID_ARGUMENT,
          "entry 'main' takes 3 arguments but 2 were given",
          [](Problem &p) { p.launch.argumentCount = 2; });
  refuses(session, ATTN_INVALID_ARGUMENT,
          "entry 'main' has 2 results but 1 were given",
          [](Problem &p) { p.launch.resultCount = 1; });
  refuses(session, ATTN_INVALID_ARGUMENT, "structSize",
          [](Problem &p) { p.launch.structSize = 8; });
}

CONFORMANCE_TEST(refuses_wrong_sizes, kEveryDevice) {
  Session session(fixture);
  refuses(session, ATTN_CONTRACT,
          "letter 'B' is 2 by argument 'q' (axis 0) but 3 by argument 'k'",
          [](Problem &p) {
            p.k.sizes[0] = 3;
            p.arguments[1] = p.k.view();
          });
  refuses(session, ATTN_CONTRACT,
          "letter 'Lk' is 6 by argument 'k' (axis 2) but 5 by argument 'v'",
          [](Problem &p) {
            p.v.sizes[2] = 5;
            p.arguments[2] = p.v.view();
          });
  refuses(session, ATTN_CONTRACT, "axis 1 Hq has size 4, expected 2",
          [](Problem &p) {
            p.q.sizes[1] = 4;
            p.arguments[0] = p.q.view();
          });
  refuses(session, ATTN_CONTRACT,
          "result 'o': axis 2 (Lq) has size 4, expected 5", [](Problem &p) {
            p.o.sizes[2] = 4;
            p.outputs[0] = p.o.view();
          });
  refuses(session, ATTN_CONTRACT, "has size -1, expected 0 to 2147483647",
          [](Problem &p) {
            p.q.sizes[2] = -1;
            p.arguments[0] = p.q.view();
          });
  refuses(session, ATTN_CONTRACT, "has size 2147483648", [](Problem &p) {
    p.q.sizes[2] = int64_t(1) << 31;
    p.arguments[0] = p.q.view();
  });
}

CONFORMANCE_TEST(refuses_wrong_strides, kEveryDevice) {
  Session session(fixture);
  auto stride = [](int64_t value, size_t axis) {
    return [=](Problem &p) {
      p.k.strides[axis] = value;
      p.arguments[1] = p.k.view();
    };
  };
  refuses(session, ATTN_CONTRACT,
          "argument 'k': the last axis has stride 2, expected 1", stride(2, 3));
  refuses(session, ATTN_CONTRACT,
          "pass the tensor before it was expanded (keys and values with their "
          "Hk heads",
          stride(0, 2));
  refuses(session, ATTN_CONTRACT,
          "axis 2 (Lk) has stride -8, expected a "
          "positive one",
          stride(-8, 2));
  refuses(session, ATTN_CONTRACT, "beyond the address space",
          stride(INT64_MAX, 0));
  refuses(session, ATTN_CONTRACT, "beyond the address space",
          stride(INT64_MAX / 8, 0));
  refuses(session, ATTN_CONTRACT, "the data pointer is null",
          [](Problem &p) { p.arguments[0].data = nullptr; });
  refuses(session, ATTN_CONTRACT, "is not a multiple of 4 bytes",
          [](Problem &p) {
            p.arguments[0].data = static_cast<char *>(p.arguments[0].data) + 2;
          });
}

CONFORMANCE_TEST(refuses_overlap, kEveryDevice) {
  Session session(fixture);
  refuses(session, ATTN_CONTRACT, "output 'o' overlaps 'q'",
          [](Problem &p) { p.outputs[0].data = p.qData.data() + 3; });
  refuses(session, ATTN_CONTRACT, "output 'o' overlaps 'lse'",
          [](Problem &p) { p.outputs[1].data = p.oData.data(); });
  refuses(session, ATTN_CONTRACT, "output 'o' overlaps itself", [](Problem &p) {
    p.o.strides = {20, 4, 4, 1}; // rows of the two heads coincide
    p.outputs[0] = p.o.view();
  });
  refuses(session, ATTN_CONTRACT, "the workspace overlaps 'v'", [](Problem &p) {
    p.launch.workspace = p.vData.data();
    p.launch.workspaceBytes = 4;
  });
}

CONFORMANCE_TEST(refuses_a_wrong_workspace, kCpuOnly) {
  Session session(fixture);
  refuses(session, ATTN_CONTRACT, "bytes, expected at least",
          [](Problem &p) { p.launch.workspaceBytes -= 1; });
  refuses(session, ATTN_CONTRACT, "is not a multiple of 64 bytes",
          [](Problem &p) {
            p.workspace.resize(p.workspace.size() + 64);
            uintptr_t base = reinterpret_cast<uintptr_t>(p.workspace.data());
            p.launch.workspace =
                reinterpret_cast<void *>((base + 63) / 64 * 64 + 8);
          });
  refuses(session, ATTN_CONTRACT, "the workspace is null",
          [](Problem &p) { p.launch.workspace = nullptr; });
}
