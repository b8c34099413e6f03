#pragma once
// The duty `sleepers-scan`: the scan of the night, as of the UTC day it runs on (spec 1-domain, section 5.3: keys end
// by UTC days; the site's zone says only when to look).

#include "scheduler/duty.hpp"
#include "scheduler/sleepers/scan.hpp"

namespace dormouse::scheduler {

class sleepers_duty final : public duty {
public:
    /// All must outlive this; the pool best made of `database_for_scan`.
    sleepers_duty(site::pool& p, const config::sleepers_settings& s, base::clock& c) : scan_{p, s, c} {}

    [[nodiscard]] std::string_view name() const noexcept override { return "sleepers-scan"; }
    [[nodiscard]] base::awaitable<base::result<std::string>> run(const duty_run& r) override;

private:
    sleepers_scan scan_;
};

}  // namespace dormouse::scheduler
