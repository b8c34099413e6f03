#pragma once
// What commands print with --json. Times are ISO 8601 in UTC, durations whole milliseconds (`…_ms`), what is not there
// is null. Fields are only ever added. Pure.

#include "queue/depth.hpp"
#include "queue/job_view.hpp"
#include "queue/operations.hpp"

#include <boost/json/object.hpp>

namespace dormouse::cli {

[[nodiscard]] boost::json::object to_json(const queue::site_depth& d);
[[nodiscard]] boost::json::object to_json(const queue::job_page& p);
[[nodiscard]] boost::json::object to_json(const queue::job_view& v);
[[nodiscard]] boost::json::object to_json(const queue::requeue_report& r);

}  // namespace dormouse::cli
