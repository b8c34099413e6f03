#include "jobs/webhook_delivery/message.hpp"

#include "base/redact.hpp"
#include "jobs/webhook_delivery/signature.hpp"

namespace dormouse::jobs::webhook_delivery {

namespace {
constexpr std::size_t longest_error_text = 500;

std::string error_text(const net::exchange& e) {
    auto text = "ERR " + std::string{net::to_string(e.failed)} + " " + base::redact(e.detail);
    if (text.size() > longest_error_text) text.resize(longest_error_text);
    return text;
}
}  // namespace

net::request make_request(const message& m, const config::webhook_settings& settings) {
    net::request r;
    r.url = m.hook.url;
    r.trust = net::trust::untrusted;
    r.limits.total = settings.timeout;
    r.headers = {{"webhook-id", m.webhook_id}, {"webhook-timestamp", timestamp(m.at)}};
    if (auto signed_as = signature(m.hook.secret, m.hook.previous_secret, m.webhook_id, m.at, m.args.body);
        !m.hook.secret.empty())
        r.headers.emplace_back("webhook-signature", std::move(signed_as));
    r.headers.emplace_back("Idempotency-Key", m.webhook_id);
    r.headers.emplace_back("X-MemberLux-Event", m.args.event);
    r.headers.emplace_back("X-Dormouse-Attempt", std::to_string(m.claimed.attempt()));
    r.headers.insert(r.headers.end(), settings.headers.begin(), settings.headers.end());
    r.body = m.args.body;
    return r;
}

site::delivery_row make_row(const message& m, const net::exchange& e, const decision& d,
                            const config::webhook_settings& settings) {
    site::delivery_row row;
    row.job_id = m.claimed.job.id;
    row.delivery_id = m.webhook_id;
    row.hook_id = m.hook.id;
    row.event = m.args.event;
    row.attempt = m.claimed.attempt();
    row.state = to_string(d.outcome.what);
    row.reason = d.outcome.reason;
    row.sent = to_string(d.outcome.sent);
    row.payload = m.args.body;
    row.next_at = d.outcome.when;
    row.duration = e.duration;
    row.at = m.at;
    if (e.progress == net::progress::answered) {
        row.response_code = e.response.status;
        if (settings.log_body != "none") row.response_body = e.response.body;
    } else {
        row.response_body = error_text(e);
    }
    return row;
}

}  // namespace dormouse::jobs::webhook_delivery
