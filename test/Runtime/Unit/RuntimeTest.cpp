//===- RuntimeTest.cpp - Parts of the runtime without a device ------------===//

#include "Check.h"

void testExpr();
void testOverlap();
void testPlugin();
void testRandom();
void testVariants();

int main() {
  testExpr();
  testOverlap();
  testPlugin();
  testRandom();
  testVariants();
  std::printf("%d failures\n", check::failures);
  return check::failures != 0;
}
