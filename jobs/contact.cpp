#include "jobs/contact.hpp"

#include "net/url.hpp"

namespace dormouse::jobs {

namespace {

queue::health health_of(const net::exchange& e) noexcept {
    using net::failure_class;
    if (e.progress == net::progress::answered) {
        const int status = e.response.status;
        return status == 429 || status >= 500 ? queue::health::bad : queue::health::good;
    }
    switch (e.failed) {
        case failure_class::none:
        case failure_class::cancelled:
        case failure_class::bad_url:
        case failure_class::bad_header:
        case failure_class::blocked_target: return queue::health::unknown;
        default: return queue::health::bad;
    }
}

}  // namespace

queue::sent sent_of(const net::exchange& e) noexcept {
    switch (e.progress) {
        case net::progress::not_sent: return queue::sent::not_sent;
        case net::progress::maybe: return queue::sent::maybe;
        case net::progress::answered: break;
    }
    return queue::sent::answered;
}

queue::contact contact_of(const net::exchange& e, std::string_view url) {
    queue::contact c;
    if (const auto parsed = net::parse_url(url)) c.host = parsed->host_header();
    c.health = health_of(e);
    if (c.health == queue::health::bad && e.progress == net::progress::not_sent) c.failure = net::to_string(e.failed);
    return c;
}

}  // namespace dormouse::jobs
