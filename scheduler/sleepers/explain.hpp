#pragma once
// Why somebody is a sleeper, or is none: every rule in its order, what it says and the rows that made it say so. Pure.

#include "site/sleeper_rules.hpp"

#include <string>
#include <vector>

namespace dormouse::scheduler {

struct explained_rule {
    site::rule rule = site::rule::sleeper;  ///< Never `sleeper`: that is what is left.
    bool objects = false;                   ///< By this rule alone the user would be no sleeper.
    std::string why;                        ///< One sentence.
    std::vector<std::string> rows;          ///< `key 12: used, 2026-01-01 to 2026-02-01`
};

/// All rules, those behind the one that decided, too.
[[nodiscard]] std::vector<explained_rule> explain(const site::sleeper_facts& f, const site::sleeper_options& o,
                                                  site::day as_of);

/// `a sleeper since 2026-11-01, 20 days`, `no sleeper: not_lapsed`.
[[nodiscard]] std::string in_words(const site::sleeper_verdict& v);

}  // namespace dormouse::scheduler
