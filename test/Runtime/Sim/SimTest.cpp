//===- SimTest.cpp - The simulated hardware, unit by unit -----------------===//

#include "Harness.h"

void testBarrier();
void testCounts();
void testEvents();
void testStrict();
void testGlobalMemory();
void testProxies();
void testRaces();
void testResidents();
void testTensor();
void testWarp();
void testWgmma();

int main() {
  testWarp();
  testBarrier();
  testCounts();
  testTensor();
  testEvents();
  testStrict();
  testRaces();
  testProxies();
  testGlobalMemory();
  testResidents();
  testWgmma();
  std::printf("%d failures\n", check::failures);
  return check::failures != 0;
}
