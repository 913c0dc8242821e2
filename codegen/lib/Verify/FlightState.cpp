//===- FlightState.cpp - Registers of wgmma at one point ------------------===//

#include "FlightState.h"

using namespace mlir;

namespace attn::verify {
namespace {
/// No wait tells more groups apart.
constexpr unsigned kOldest = 8;
} // namespace

const Flight *Register::findAccumulator() const {
  for (const Flight &flight : flights)
    if (flight.isAccumulator())
      return &flight;
  return nullptr;
}

const Flight *Register::findOperand() const {
  for (const Flight &flight : flights)
    if (!flight.isAccumulator())
      return &flight;
  return nullptr;
}

void Register::add(Flight flight) {
  for (Flight &known : flights)
    if (known.isSameAs(flight)) {
      known.age = std::min(known.age, flight.age);
      return;
    }
  flights.push_back(flight);
}

void Register::join(const Register &other) {
  for (const Flight &flight : other.flights)
    add(flight);
  if (!takenBy)
    takenBy = other.takenBy;
  // Tied where every path ties it.
  if (!other.tiedBy)
    tiedBy = nullptr;
  if (!touchedBy)
    touchedBy = other.touchedBy;
}

bool Register::operator==(const Register &other) const {
  return takenBy == other.takenBy && tiedBy == other.tiedBy &&
         touchedBy == other.touchedBy &&
         flights.size() == other.flights.size() &&
         llvm::equal(flights, other.flights,
                     [](const Flight &x, const Flight &y) {
                       return x.isSameAs(y) && x.age == y.age;
                     });
}

void FlightState::set(Value value, Register state) {
  if (!state.isEmpty())
    registers[value] = std::move(state);
  else if (registers.contains(value))
    registers[value] = {};
}

void FlightState::commit() {
  for (auto &[value, state] : registers)
    for (Flight &flight : state.flights)
      flight.age = std::min(flight.age + 1, kOldest);
}

void FlightState::age(Operation *product) {
  for (auto &[value, state] : registers) {
    SmallVector<Flight, 1> flights;
    std::swap(flights, state.flights);
    for (Flight &flight : flights) {
      flight.isOlder |= flight.product == product;
      state.add(flight);
    }
  }
}

bool FlightState::join(const FlightState &other) {
  bool hasChanged = false;
  auto joinRegister = [&](Value value, const Register &from) {
    Register joined = registers[value];
    joined.join(from);
    if (joined == registers[value])
      return;
    registers[value] = std::move(joined);
    hasChanged = true;
  };
  for (const auto &[value, state] : other.registers)
    joinRegister(value, state);
  // Here the other path says nothing: it does not tie.
  for (auto &[value, state] : registers)
    if (!other.registers.contains(value))
      joinRegister(value, {});
  if (fence && !other.fence) {
    fence = nullptr;
    hasChanged = true;
  }
  if (!wait)
    wait = other.wait;
  return hasChanged;
}

} // namespace attn::verify
