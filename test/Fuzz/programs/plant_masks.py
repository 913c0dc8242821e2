"""Copies a source of mask analysis with faults planted in it, each off unless the variable
ATTN_PLANT has its name when the copy runs.

    plant_masks.py passes/lib/Analysis/RangeAnalysis.cpp COPY.cpp
"""
import os
import sys

# Source: name, what stands there (once), what stands there with the fault.
PLANTS = {
    "Limits.cpp": [
        # floor(x / n) <= c solved as x <= n * c: a block ends with its first key.
        ("quotient-limit", "if (factor > 0)\n      sum =", "if (factor > 0 && !PLANTED)\n      sum ="),
    ],
    "Boxes.cpp": [
        # The beginning of the last line of a run is taken for no line.
        ("lost-line", "{less(first, last),", "{PLANTED ? intervals.truth(false) : less(first, last),"),
        # Whole lines and the last one are taken to be as the first.
        ("first-line", "Value holds = all(condition);",
         "Value holds = PLANTED && piece.isThere ? intervals.truth(true) : all(condition);"),
        # Of a disjunction among other conditions only the last operand.
        ("last-choice", "result = either(result, some(chosen));",
         "result = PLANTED ? some(chosen) : either(result, some(chosen));"),
        # A coordinate narrowed by more than a limit says.
        ("too-narrow", "intervals.emit(IntegerForms::add({}, rest, -1), Intervals::Greatest));",
         "intervals.emit(IntegerForms::add(IntegerForms::add({}, rest, -1), PLANTED ? -16 : 0), Intervals::Greatest));"),
    ],
    "RangeAnalysis.cpp": [
        # Keys that all rows share bounded by the row that sees most.
        ("shared-ends", "limit->isUpper != isShared;", "limit->isUpper != (isShared && !PLANTED);"),
        # Of a disjunction only keys that each operand shows.
        ("or-as-and", "bool isAnd = condition.kind == Condition::And, isFirst = true;",
         "bool isAnd = condition.kind == Condition::And || PLANTED, isFirst = true;"),
    ],
    "Intervals.cpp": [
        # A remainder taken to grow over the end of its period.
        ("endless-period", "loc, arith::CmpIPredicate::eq, from, to);",
         "loc, PLANTED ? arith::CmpIPredicate::sle : arith::CmpIPredicate::eq, from, to);"),
        # Ids of a run of tokens judged by the least alone.
        ("least-id", "end == Greatest ? range.getMax()", "end == Greatest && !PLANTED ? range.getMax()"),
    ],
}

HEAD = """#include <cstdlib>
#include <string_view>
static bool isPlanted(std::string_view name) {
  const char *wanted = std::getenv("ATTN_PLANT");
  return wanted && name == wanted;
}
"""

source, copy = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    text = file.read()
for name, sound, broken in PLANTS[os.path.basename(source)]:
    if text.count(sound) != 1:
        sys.exit(f"{source}: plant '{name}' replaces a text that is there {text.count(sound)} times, "
                 f"expected once: {sound!r}; follow the source in {sys.argv[0]}")
    text = text.replace(sound, broken.replace("PLANTED", f'isPlanted("{name}")'))
with open(copy, "w", encoding="utf-8") as file:
    file.write(HEAD + f'#line 1 "{source}"\n' + text)
