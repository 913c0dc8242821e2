//===- Turns.cpp - What the turns of a kernel took ------------------------===//

#include "Harness.h"

#include <cstddef>

using namespace conformance;

namespace {
struct Report {
  std::vector<std::string> turns; ///< Kernel and turn.
  std::vector<int64_t> tasks;
  bool isTime = true;

  static void receive(void *self, const char *kernel, const char *turn,
                      int64_t tasks, double milliseconds) {
    Report &report = *static_cast<Report *>(self);
    report.turns.push_back(std::string(kernel) + "/" + turn);
    report.tasks.push_back(tasks);
    report.isTime &= milliseconds >= 0 && milliseconds < 1e6;
  }
};
} // namespace

CONFORMANCE_TEST(reports_turns_where_asked, kCpuOnly) {
  Session session(fixture, "main");
  Problem problem(2, 5, 7);
  Report report;
  AttnLaunch &launch = problem.prepare(session);
  launch.turnReport = &Report::receive;
  launch.turnReportContext = &report;
  session.launch(launch).require();
  problem.check();
  EXPECT(report.isTime);
  EXPECT(report.turns == (std::vector<std::string>{"row_max/", "attend/"}));
  for (int64_t tasks : report.tasks)
    EXPECT(tasks > 0);

  // A caller of an older header has no such fields.
  report.turns.clear();
  launch.structSize = offsetof(AttnLaunch, turnReport);
  session.launch(launch).require();
  EXPECT(report.turns.empty());

  // Turns without tasks are none.
  Problem empty(0, 5, 7);
  AttnLaunch &none = empty.prepare(session);
  none.turnReport = &Report::receive;
  none.turnReportContext = &report;
  session.launch(none).require();
  EXPECT(report.turns.empty());
}
