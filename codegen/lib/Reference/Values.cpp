//===- Values.cpp - The values of one launch ------------------------------===//

#include "Values.h"
#include "Number.h"

#include <cstring>

namespace attn::reference {

Tensor collapse(const Tensor &tensor, const Groups &groups) {
  Tensor view{tensor.data, tensor.dtype, {}, {}};
  for (const auto &group : groups) {
    int64_t size = 1, stride = 1;
    bool isKnown = false;
    for (int64_t axis : llvm::reverse(group)) {
      size *= tensor.sizes[axis];
      if (!isKnown && tensor.sizes[axis] != 1) {
        stride = tensor.strides[axis];
        isKnown = true;
      }
    }
    view.sizes.push_back(size);
    view.strides.push_back(stride);
  }
  return view;
}

llvm::SmallVector<Tensor>
Program::Implementation::getInputs(llvm::ArrayRef<Tensor> arguments) const {
  llvm::SmallVector<Tensor> inputs(arguments);
  for (const View &view : views)
    inputs.push_back(collapse(arguments[view.argument], view.groups));
  return inputs;
}

llvm::SmallVector<Tensor>
Program::Implementation::getOutputs(llvm::ArrayRef<Tensor> results) const {
  llvm::SmallVector<Tensor> outputs(results);
  for (auto [output, groups] : llvm::zip(outputs, expanded))
    if (!groups.empty())
      output = collapse(output, groups);
  return outputs;
}

Values::Values(const Program::Implementation &program,
               llvm::ArrayRef<Tensor> arguments) {
  values.assign(arguments.begin(), arguments.end());
  values.resize(program.values);
}

void Values::allocateOperands(const Fold &fold, const FoldSizes &sizes) {
  for (const Output &output : fold.outputs)
    if (output.isOperand)
      allocate(output.value, output.type, sizes.getShape(output.hasChannels()));
}

void Values::allocate(unsigned value, Dtype type,
                      llvm::ArrayRef<int64_t> sizes) {
  Tensor tensor;
  tensor.dtype = type;
  tensor.sizes.assign(sizes.begin(), sizes.end());
  tensor.strides.resize(sizes.size());
  int64_t count = 1;
  for (size_t axis = sizes.size(); axis-- > 0; count *= sizes[axis])
    tensor.strides[axis] = count;
  size_t bytes = static_cast<size_t>(count * getBytes(type));
  memory.push_back(std::make_unique<char[]>(bytes));
  tensor.data = memory.back().get();
  std::memset(tensor.data, 0xff, bytes); // NaN in every type of floats
  values[value] = std::move(tensor);
}

void Values::describe(const Fold &fold, const FoldSizes &sizes) {
  for (const Output &output : fold.outputs) {
    auto shape = sizes.getShape(output.hasChannels());
    values[output.value].sizes.assign(shape.begin(), shape.end());
  }
}

} // namespace attn::reference
