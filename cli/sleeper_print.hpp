#pragma once
// What `scan` and `explain` print. Rows are printed as they come, so that a site of any size fits.

#include "scheduler/reminders/planner.hpp"
#include "scheduler/sleepers/explain.hpp"
#include "scheduler/sleepers/scan.hpp"

#include <boost/json/object.hpp>

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace dormouse::cli {

enum class sleeper_format { table, json, csv };

class sleeper_printer {
public:
    sleeper_printer(std::ostream& out, sleeper_format format, site::day as_of)
        : out_{out}, format_{format}, as_of_{as_of} {}

    void add(const std::vector<site::sleeper_row>& rows);
    /// What belongs behind the last row; before the first one, if there was none.
    void end(const scheduler::scan_report& r);

private:
    void begin();

    std::ostream& out_;
    sleeper_format format_;
    site::day as_of_;
    bool begun_ = false;
    bool any_ = false;
};

/// `as_of`, `levels`, `sleepers`, `added`, `gone`, `rows_read`, `took_ms`.
[[nodiscard]] boost::json::object to_json(const scheduler::scan_report& r);

/// One student and one level, as `dormouse explain` tells it.
struct explained {
    site::sleeper_facts facts;
    site::sleeper_verdict verdict;
    std::vector<scheduler::explained_rule> rules;
    site::day as_of;
    std::optional<scheduler::upcoming_letter> next;
    std::string next_unknown;  ///< Why nobody can say which letter is next; empty = `next` is the answer.
};
[[nodiscard]] boost::json::object to_json(const explained& e);
void print(std::ostream& out, const explained& e);

}  // namespace dormouse::cli
