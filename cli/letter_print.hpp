#pragma once
// What `letters` and `simulate` print. Pure.

#include "scheduler/reminders/simulate.hpp"
#include "site/reminders.hpp"
#include "site/suppressions.hpp"

#include <boost/json/object.hpp>

#include <iosfwd>
#include <string_view>
#include <vector>

namespace dormouse::cli {

[[nodiscard]] boost::json::object to_json(const site::reminder& r);
[[nodiscard]] boost::json::object to_json(const site::suppression& s);
[[nodiscard]] boost::json::object to_json(const scheduler::simulated_letter& l);

void print_letters(std::ostream& out, const std::vector<site::reminder>& rows);
/// All of one, a line each, and what can be done about it.
void print_letter(std::ostream& out, const site::reminder& r, std::string_view job_id);
void print_suppressions(std::ostream& out, const std::vector<site::suppression>& rows);

enum class letter_format { table, json, csv };

/// Prints the days of a simulation as they come.
class simulation_printer {
public:
    /// Only of one level if asked; 0 = all.
    simulation_printer(std::ostream& out, letter_format format, std::int64_t only_level)
        : out_{out}, format_{format}, level_{only_level} {}

    void add(const std::vector<scheduler::simulated_letter>& day);
    /// Behind the last day.
    void end();
    [[nodiscard]] std::size_t letters() const noexcept { return letters_; }

private:
    std::ostream& out_;
    letter_format format_;
    std::int64_t level_;
    std::size_t letters_ = 0;
    bool begun_ = false;
};

}  // namespace dormouse::cli
