//===- Limits.cpp - Conditions that are limits of the key -----------------===//

#include "Limits.h"

using namespace attn;

std::optional<Limit> attn::solveForKey(IntegerForms &forms, Sum sum) {
  while (true) {
    const Term *key = nullptr;
    int64_t factor = 0;
    for (auto [term, coefficient] : sum.terms) {
      if (!term->on.key)
        continue;
      if (key)
        return std::nullopt;
      key = term;
      factor = coefficient;
    }
    if (!key)
      return std::nullopt;
    Sum rest = IntegerForms::add(sum, {{{key, 1}}, 0}, -factor);
    if (key->kind == Term::Key) {
      int64_t size = std::abs(factor);
      // j <= floor(-rest / size), or j >= ceil(rest / size).
      Sum limit = factor > 0 ? IntegerForms::add({}, rest, -1)
                             : IntegerForms::add(rest, size - 1);
      limit = forms.divide(limit, {{}, size});
      return Limit{factor > 0, IntegerForms::add(limit, factor > 0)};
    }
    if (key->kind != Term::Quotient || std::abs(factor) != 1)
      return std::nullopt;
    // floor(x / n) <= -rest iff x <= n - 1 - rest * n; >= rest iff x >= rest *
    // n.
    std::optional<Sum> product = forms.multiply(rest, key->b);
    if (!product)
      return std::nullopt;
    sum = IntegerForms::add(*product, key->a, factor);
    if (factor > 0)
      sum = IntegerForms::add(IntegerForms::add(sum, key->b, -1), 1);
  }
}
