#include "queue/broker_replies.hpp"

#include "queue/history.hpp"

namespace dormouse::queue {

namespace {

base::error malformed(std::string_view script) {
    return {base::errc::protocol, "the answer of script " + std::string{script} + " has another form"};
}

std::string own(redis::reply_view v) { return std::string{v.text()}; }
std::uint64_t count(redis::reply_view v) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, v.integer())); }
base::time_ms time(redis::reply_view v) { return base::from_epoch_ms(v.integer()); }

std::vector<std::string> texts(redis::reply_view list) {
    std::vector<std::string> out;
    out.reserve(list.size());
    for (const auto v : list) out.push_back(own(v));
    return out;
}

}  // namespace

void write_admission(script_words& words, const keys& names, const admission& a) {
    using verb = admission::verb;
    const auto bucket = a.key.empty() ? 0 : words.key(names.bucket_of(a.key));
    words.arg(a.what == verb::ready ? "r" : a.what == verb::later ? "l" : "d");
    words.arg(a.id);
    if (a.what == verb::ready) {
        words.arg(words.key(names.ready(a.queue, a.priority)));
        words.arg("");
        words.arg(bucket);
        words.arg(a.key);
    } else if (a.what == verb::later) {
        words.arg(words.key(names.later(a.queue)));
        words.arg(base::to_epoch_ms(a.due));
        words.arg(bucket);
        words.arg(words.keep(std::to_string(a.priority) + a.key));
    } else {
        words.arg(0);
        words.arg(a.text);
        words.arg(0);
        words.arg("");
    }
}

base::result<work_reply> read_work(redis::reply_view r) {
    if (r.size() != 6) return malformed("work");
    auto field = r.begin();
    work_reply out;
    out.lease_known = (*field++).integer() == 1;
    out.now = time(*field++);
    if (const auto due = *field++; due.integer() >= 0) out.next_due = time(due);
    out.more = (*field++).integer() == 1;
    out.lost = texts(*field++);
    const auto claims = *field;
    if (claims.size() % 4 != 0) return malformed("work");
    out.claimed.reserve(claims.size() / 4);
    for (auto it = claims.begin(); it != claims.end();) {
        ++it;  // the source's number
        auto id = own(*it++);
        auto envelope = read_admitted((*it++).text());
        const auto past = (*it++).text();
        if (envelope && (envelope->id.empty() || envelope->id == id)) {
            envelope->id = std::move(id);
            out.claimed.push_back({std::move(*envelope), read_history(past)});
        } else {
            out.unreadable.push_back(std::move(id));
        }
    }
    return out;
}

base::result<intake_batch> read_take(redis::reply_view r) {
    if (r.size() < 2) return malformed("take");
    intake_batch out{time(r[0]), count(r[1]), {}};
    out.envelopes.reserve(r.size() - 2);
    auto it = r.begin();
    for (++it, ++it; it != r.end(); ++it) out.envelopes.push_back(own(*it));
    return out;
}

base::result<admit_reply> read_admit(redis::reply_view r) {
    if (r.size() == 0 || (r.size() - 1) % 3 != 0) return malformed("admit");
    admit_reply out{time(r[0]), {}};
    for (std::size_t i = 1; i < r.size(); i += 3)
        out.exceptions.push_back(
            {static_cast<std::size_t>(r[i].integer() - 1), r[i + 1].integer() == 3, own(r[i + 2])});
    return out;
}

base::result<beat_reply> read_beat(redis::reply_view r) {
    if (r.size() != 5) return malformed("beat");
    beat_reply out;
    auto field = r.begin();
    out.held = (*field++).integer() == 1;
    out.now = time(*field++);
    out.epoch = own(*field++);
    out.ended = texts(*field++);
    for (const auto member : *field) out.lanes.push_back(split_lane_member(member.text()));
    return out;
}

base::result<recover_reply> read_recover(redis::reply_view r) {
    recover_reply out;
    if (r.size() == 1 && r[0].integer() == -1) {
        out.alive = true;
        return out;
    }
    if (r.size() != 4) return malformed("recover");
    out.taken = count(r[0]);
    out.jobs_left = count(r[1]);
    out.envelopes_left = count(r[3]);
    return out;
}

std::vector<orphan> read_orphans(redis::reply_view ids, redis::reply_view envelopes, redis::reply_view histories) {
    std::vector<orphan> out;
    out.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        orphan o;
        o.id = own(ids[i]);
        o.exists = !envelopes[i].is_nil();
        if (o.exists) {
            auto envelope = read_admitted(envelopes[i].text());
            o.readable = envelope.has_value();
            if (envelope) o.job.job = std::move(*envelope);
            o.job.job.id = o.id;
            o.job.history = read_history(histories[i].text());
        }
        out.push_back(std::move(o));
    }
    return out;
}

server_report read_report(std::string_view info) {
    server_report out;
    const auto value_of = [&](std::string_view name) -> std::string {
        const auto at = info.find("\n" + std::string{name} + ":");
        if (at == std::string_view::npos) return {};
        const auto from = at + name.size() + 2;
        return std::string{info.substr(from, info.find_first_of("\r\n", from) - from)};
    };
    out.maxmemory_policy = value_of("maxmemory_policy");
    out.aof = value_of("aof_enabled") == "1";
    out.loading = value_of("loading") == "1";
    out.master = value_of("role") != "slave";
    out.version = value_of("redis_version");
    return out;
}

}  // namespace dormouse::queue
