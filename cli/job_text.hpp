#pragma once
// Jobs as text for people. Pure.

#include "queue/job_view.hpp"

#include <iosfwd>

namespace dormouse::cli {

/// A table; `now` for "in 5m", "3m ago".
void print_jobs(std::ostream& out, queue::job_state state, const queue::job_page& page, base::time_ms now);

/// One line a fact; what is not there is left out.
void print_job(std::ostream& out, const queue::job_view& v);

}  // namespace dormouse::cli
