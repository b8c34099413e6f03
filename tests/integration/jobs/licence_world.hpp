#pragma once
// license-provision and period-push with a licence server, a site that knows the subscriptions, and our table.

#include "tests/integration/jobs/kind_world.hpp"
#include "tests/support/process.hpp"
#include "tests/support/service_double.hpp"
#include "tests/support/site_double.hpp"

#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

namespace dormouse::test {

struct licence_world {
    static constexpr auto secret = "licence-secret";
    static constexpr auto provision_path = "/wc/provision";
    static constexpr auto period_path = "/wc/subscription_period";

    explicit licence_world(const std::function<void(config::settings&)>& more = [](config::settings&) {})
        : kinds{{licence.port(), site.port()}, [&](config::settings& s) {
                    s.site.companion.url = site.url() + "/wp-json";
                    s.site.companion.key = base::secret{site_double::companion_key};
                    s.licence.url = licence.url();
                    s.licence.secret = base::secret{secret};
                    s.licence.timeout = base::ms{2'000};
                    s.licence.audit_log = dir.file("licence.log");
                    s.net.max_requests = 1;  // on a kept connection the client tries a second time when it breaks
                    more(s);
                }} {
        site.set_subscription(12);
    }

    queue::claimed_job provision(std::int64_t version = 1) { return job("license-provision", version); }
    queue::claimed_job period(std::int64_t version = 2) { return job("period-push", version); }
    queue::claimed_job job(const std::string& kind, std::int64_t version) {
        return kinds.job(kind, {{"subscription_id", 12}, {"version", version}});
    }
    /// The licence is there.
    void provisioned() { licence.set_row("wc_sub_12", {{"status", "active"}}); }
    [[nodiscard]] std::vector<std::string> audit_lines(const std::string& file = "licence.log") const {
        std::vector<std::string> out;
        std::istringstream in{std::filesystem::exists(dir.path() / file) ? read_file(dir.path() / file) : ""};
        for (std::string line; std::getline(in, line);) out.push_back(line);
        return out;
    }

    temp_dir dir;
    licence_double licence;
    site_double site;
    kind_world kinds;
};

}  // namespace dormouse::test
