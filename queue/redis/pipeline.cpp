#include "queue/redis/pipeline.hpp"

#include <algorithm>

namespace dormouse::queue::redis {

void pipeline::withdraw(request& r) {
    if (r.finished) return;
    r.withdrawn_ = true;
    if (!r.sent) std::erase_if(unsent_, [&](const request_ptr& p) { return p.get() == &r; });
}

bool pipeline::is_awaited() const noexcept {
    const auto wanted = [](const request_ptr& r) { return !r->withdrawn_; };
    return std::ranges::any_of(sent_, wanted) || std::ranges::any_of(unsent_, wanted);
}

std::string_view pipeline::begin_write() {
    constexpr std::size_t kept = 2 * max_write_bytes;
    if (writing_.capacity() > kept) writing_ = {};
    writing_.clear();
    while (!unsent_.empty()) {
        auto& next = unsent_.front();
        const auto size = next->command.bytes().size();
        if (!writing_.empty() && writing_.size() + size > max_write_bytes) break;
        writing_.append(next->command.bytes());
        next->sent = true;
        sent_.push_back(std::move(next));
        unsent_.pop_front();
    }
    return writing_;
}

base::result<void> pipeline::feed(std::string_view bytes, finished_requests& out) {
    while (!bytes.empty()) {
        const auto some = bytes.substr(0, reply_reader::best_feed);
        bytes.remove_prefix(some.size());
        if (auto ok = feed_some(some, out); !ok) return ok;
    }
    return {};
}

base::result<void> pipeline::feed_some(std::string_view bytes, finished_requests& out) {
    reader_.feed(bytes);
    for (;;) {
        auto next = reader_.next();
        if (!next) {
            if (!sent_.empty()) {
                sent_.front()->failure = next.error();
                finish(std::move(sent_.front()), out);
                sent_.pop_front();
            }
            return base::fail(std::move(next));
        }
        if (!*next) return {};
        if (auto ok = take(std::move(**next), out); !ok) return ok;
    }
}

base::result<void> pipeline::take(reply r, finished_requests& out) {
    ++replies_;
    const bool is_fatal = is_connection_fatal(r);
    if (is_fatal && fatal_.is_nil()) fatal_ = r;
    if (sent_.empty()) {
        if (r.is_error()) return to_error(r);  // "max number of clients reached", before anything was asked
        return base::error{base::errc::protocol, "redis: a reply that nothing had asked for"};
    }
    auto& owner = *sent_.front();
    ++owner.received_;
    const auto expected = owner.command.count();
    if (is_fatal && expected == 1) owner.failure = to_error(r);
    if (!owner.withdrawn_) owner.replies.push_back(std::move(r));
    if (owner.received_ < expected) return {};
    finish(std::move(sent_.front()), out);
    sent_.pop_front();
    if (!fatal_.is_nil()) return to_error(fatal_);
    return {};
}

bool pipeline::expire(base::deadline::clock_type::time_point now, finished_requests& out) {
    bool any = false;
    for (auto* list : {&sent_, &unsent_}) {
        std::erase_if(*list, [&](request_ptr& r) {
            if (r->limit.is_never() || r->limit.at() > now) return false;
            r->failure = base::error{base::errc::timed_out, "redis: no answer in time"};
            finish(std::move(r), out);
            return any = true;
        });
    }
    return any;
}

base::deadline pipeline::earliest() const noexcept {
    base::deadline first;
    for (const auto* list : {&sent_, &unsent_})
        for (const auto& r : *list) first = std::min(first, r->limit);
    return first;
}

void pipeline::fail_all(const base::error& why, finished_requests& out) {
    for (auto* list : {&sent_, &unsent_}) {
        for (auto& r : *list) {
            r->failure = base::error{r->sent ? base::errc::connection_lost : base::errc::unavailable, why.detail};
            finish(std::move(r), out);
        }
        list->clear();
    }
}

void pipeline::finish(request_ptr r, finished_requests& out) {
    r->finished = true;
    if (!r->withdrawn_) out.push_back(std::move(r));
}

}  // namespace dormouse::queue::redis
