//===- StatsText.cpp - The counts of --stats for people -------------------===//
//
// Per kernel two lines and a table: a row per count, a column per role. Where a
// role makes scores, a column more says what each of them took.
//
//===----------------------------------------------------------------------===//

#include "Stats.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace attn::run {
using nlohmann::ordered_json;

namespace {
/// Whole numbers as they are, others with three decimals.
std::string format(double number) {
  char text[64];
  std::snprintf(text, sizeof text,
                number == std::floor(number) ? "%.0f" : "%.3f", number);
  return text;
}

std::string formatShare(double share) {
  if (std::isnan(share))
    return "unknown";
  char text[32];
  std::snprintf(text, sizeof text, "%.2f %%", 100 * share);
  return text;
}

/// The first column to the left, the others to the right.
class Table {
public:
  void add(std::vector<std::string> row) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
    rows.push_back(std::move(row));
  }

  std::string toText() const {
    std::string text;
    for (const std::vector<std::string> &row : rows) {
      text += "  " + row[0];
      size_t column = row[0].size();
      size_t end = widths[0];
      for (size_t i = 1; i < row.size(); ++i) {
        end += 2 + widths[i];
        if (row[i].empty())
          continue;
        text += std::string(end - column - row[i].size(), ' ') + row[i];
        column = end;
      }
      text += "\n";
    }
    return text;
  }

private:
  std::vector<size_t> widths;
  std::vector<std::vector<std::string>> rows;
};

/// The table of one kernel.
class RoleTable {
public:
  explicit RoleTable(const ordered_json &roles) : roles(roles) {}

  std::string toText() {
    addHead();
    std::vector<std::string> done = {"role", "first_warp"};
    for (const ordered_json &role : roles)
      for (const auto &[key, value] : role.items()) {
        if (std::find(done.begin(), done.end(), key) != done.end())
          continue;
        done.push_back(key);
        if (value.is_object())
          for (const auto &[name, count] : value.items())
            addRow(key, name);
        else
          addRow("", key);
      }
    return table.toText();
  }

private:
  static bool hasScores(const ordered_json &role) {
    return getNumber(role, "score_elements") > 0;
  }

  void addHead() {
    std::vector<std::string> row = {""};
    for (const ordered_json &role : roles) {
      row.push_back(role["role"].get<std::string>());
      if (hasScores(role))
        row.push_back("per score element");
    }
    table.add(std::move(row));
  }

  /// Unless no role has anything there. \param group an object of the role.
  void addRow(const std::string &group, const std::string &key) {
    std::vector<std::string> row = {group.empty() ? key : group + "." + key};
    bool isEmpty = true;
    for (const ordered_json &role : roles) {
      double number =
          getNumber(group.empty() ? role : role[group], key.c_str());
      bool isThere = number != 0 && !std::isnan(number);
      isEmpty &= !isThere;
      row.push_back(isThere ? format(number) : "-");
      if (hasScores(role))
        row.push_back(isThere && !group.empty()
                          ? format(number / getNumber(role, "score_elements"))
                          : "");
    }
    if (!isEmpty)
      table.add(std::move(row));
  }

  const ordered_json &roles;
  Table table;
};

std::string describeWork(const ordered_json &work) {
  return "multiply-adds " + format(getNumber(work, "multiply_adds")) +
         ", useful " + formatShare(getNumber(work, "useful_share"));
}

std::string describe(const ordered_json &kernel) {
  std::string text = "stats: " + kernel["kernel"].get<std::string>() + ": " +
                     format(getNumber(kernel, "ctas")) + " CTAs";
  if (auto tiles = kernel.find("tiles"); tiles != kernel.end()) {
    text += ", key tiles: ";
    for (const char *kind : {"masked", "full", "skipped"})
      text += format(getNumber(*tiles, kind)) + " " + kind +
              (*kind == 's' ? "" : ", ");
  }
  text += "\n";
  if (kernel.contains("multiply_adds")) {
    const ordered_json &each = kernel["multiply_adds_per_cta"];
    text += "  " + describeWork(kernel) + "; per CTA";
    for (const char *which : {"least", "mean", "most"})
      text += std::string(" ") + which + " " + format(getNumber(each, which));
    text += "\n";
  }
  return text + RoleTable(kernel["roles"]).toText();
}
} // namespace

std::string Stats::toText() const {
  std::string text;
  for (const ordered_json &kernel : all["kernels"])
    text += describe(kernel);
  return text + "stats: " + describeWork(all) + "\n";
}

} // namespace attn::run
