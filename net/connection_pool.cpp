#include "net/connection_pool.hpp"

#include <algorithm>

namespace dormouse::net {

connection_pool::connection_pool(const boost::asio::any_io_executor& executor, const config::net_settings& settings)
    : idle_time_{settings.idle}, max_age_{settings.max_age}, max_requests_{settings.max_requests}, timer_{executor} {}

connection_pool::~connection_pool() = default;

bool connection_pool::worn(const connection& c, clock::time_point now) const noexcept {
    return c.opened < not_before_ || now - c.opened >= max_age_ || c.requests >= max_requests_;
}

std::unique_ptr<connection> connection_pool::take(std::string_view key) {
    sweep(clock::now());
    for (auto i = idle_.end(); i != idle_.begin();) {
        --i;
        if ((*i)->key() != key) continue;
        auto found = std::move(*i);
        i = idle_.erase(i);
        if (found->is_quiet()) return found;
    }
    return nullptr;
}

void connection_pool::put(std::unique_ptr<connection> c) {
    const auto now = clock::now();
    if (worn(*c, now)) return;
    c->idle_since = now;
    idle_.push_back(std::move(c));
    if (idle_.size() > max_idle) idle_.pop_front();
    schedule();
}

void connection_pool::close_idle() {
    not_before_ = clock::now();
    idle_.clear();
    timer_.cancel();
    scheduled_ = false;
}

void connection_pool::sweep(clock::time_point now) {
    std::erase_if(idle_, [&](const auto& c) { return worn(*c, now) || now - c->idle_since >= idle_time_; });
}

void connection_pool::schedule() {
    if (scheduled_ || idle_.empty()) return;
    scheduled_ = true;
    timer_.expires_at(idle_.front()->idle_since + idle_time_);
    timer_.async_wait([this](const boost::system::error_code& code) {
        if (code == boost::asio::error::operation_aborted) return;
        scheduled_ = false;
        sweep(clock::now());
        schedule();
    });
}

}  // namespace dormouse::net
