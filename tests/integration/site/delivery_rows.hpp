#pragma once
// A database with delivery rows to write.

#include "site/deliveries.hpp"
#include "tests/integration/site/site_database.hpp"

#include <functional>
#include <string>
#include <vector>

namespace dormouse::site {
using namespace std::chrono_literals;

inline constexpr base::time_ms at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + 3h + 4min + 5s + 678ms};
inline const std::string mouse = "\xF0\x9F\x90\xAD";

inline delivery_row attempt(int number = 1, const std::string& state = "done") {
    delivery_row r;
    r.job_id = "01JD0000000000000000000007";
    r.delivery_id = "msg_7";
    r.hook_id = 7;
    r.event = "purchase";
    r.attempt = number;
    r.state = state;
    r.sent = "answered";
    r.response_code = state == "done" ? 200 : 500;
    r.response_body = "answer";
    r.payload = R"({"a":"ж"})";
    r.duration = 123ms;
    r.at = at + std::chrono::seconds{number};
    return r;
}

class Deliveries : public site_database {
protected:
    base::result<hook_health> record(deliveries& to, delivery_row row, base::ms within = 5s) {
        return run(to.record(std::move(row), base::deadline::after(within)));
    }
    /// Records all at once and waits for every answer.
    std::vector<base::result<hook_health>> record_all(deliveries& to, const std::vector<delivery_row>& rows) {
        std::vector<base::result<hook_health>> out;
        for (const auto& r : rows)
            boost::asio::co_spawn(io, to.record(r, base::deadline::after(5s)),
                                  [&](const std::exception_ptr& e, base::result<hook_health> h) {
                                      if (e) std::rethrow_exception(e);
                                      out.push_back(std::move(h));
                                      if (out.size() == rows.size()) io.stop();
                                  });
        io.restart();
        io.run();
        return out;
    }
    /// Lets the loop run until `condition` holds.
    bool loop_until(const std::function<bool()>& condition) {
        const stopwatch watch;
        io.restart();
        while (!condition() && watch.elapsed() < 30s) io.run_one_for(10ms);
        return condition();
    }
    [[nodiscard]] std::string count(const std::string& table) const {
        return server.sql("SELECT COUNT(*) FROM wp_" + table);
    }
};

}  // namespace dormouse::site
