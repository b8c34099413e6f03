#pragma once
// reminder-email with a real ledger, a real school and a real mail server.

#include "tests/integration/jobs/kind_world.hpp"
#include "tests/support/school.hpp"
#include "tests/support/smtp_server.hpp"

#include <functional>
#include <memory>
#include <string>

namespace dormouse::test {

using namespace std::chrono_literals;

struct letter_world {
    explicit letter_world(
        const std::function<void(config::settings&)>& more = [](config::settings&) {},
        const smtp_server::options& o = {})
        : relay{o}, kinds{{}, [&](config::settings& s) {
                              s.mail.host = "127.0.0.1";
                              s.mail.port = relay.port();
                              s.mail.tls = config::mail_tls::none;
                              s.mail.from = "school@school.example";
                              s.mail.from_name = "The School";
                              s.mail.timeout = 30s;
                              s.mail.domain_per_minute = 60'000;
                              more(s);
                          }} {
        pupils.add_sleepers(1, 3);
        pupils.plan(1, 3);
    }

    queue::claimed_job job(std::int64_t id) { return kinds.job("reminder-email", {{"reminder", id}}); }
    queue::outcome send(std::int64_t id) { return kinds.attempt(job(id)); }

    smtp_server relay;
    kind_world kinds;
    school pupils{kinds.db};
};

}  // namespace dormouse::test
